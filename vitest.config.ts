import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

// Emulated machines are slower; a test that hangs must end there too.
const patience = 60_000 * Math.min(Number(process.env['BEETRACE_SLOW'] ?? 1), 5);
// Those that load programs into the kernel, and those that run the built command.
const kernelTests = ['src/**/*.kernel.test.ts', 'test/**/*.kernel.test.ts', 'test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', new ClosingLine()] : ['dot', new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          // Pure code shares its modules: loading them anew for each file would take longer than the tests.
          name: 'unit',
          isolate: false,
          pool: 'forks',
          maxWorkers: '100%',
          testTimeout: 30_000,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: kernelTests,
        },
      },
      {
        extends: true,
        test: {
          // Programs in the kernel see each other's events, so these files run one after another.
          name: 'kernel',
          include: kernelTests,
          fileParallelism: false,
          pool: 'forks',
          testTimeout: patience,
          hookTimeout: patience,
        },
      },
    ],
  },
});
