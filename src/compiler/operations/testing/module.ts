// A module for tests.

import { ModuleBuilder, type ModuleOptions } from '../index.ts';

export function testModule(options: Partial<ModuleOptions> = {}): ModuleBuilder {
  return new ModuleBuilder({
    license: 'GPL',
    arch: 'x86_64',
    pidNamespace: false,
    reportFailures: false,
    wakeup: 'adaptive',
    settings: {
      ringBytes: 1 << 20,
      printMapsOnExit: true,
      truncationTrailer: '..',
      missingProbes: 'error',
      maxCatBytes: 10240,
      demangle: true,
    },
    ...options,
  });
}
