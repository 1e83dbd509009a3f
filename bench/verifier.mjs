// How many instructions a second our verifier goes through: processed instructions, as the kernel counts them, by CPU time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'beetrace-bench-'));
const bundle = join(folder, 'verifier.mjs');
await build({
  stdin: {
    contents: `export { verifyProgram } from './src/engines/vm/verifier/verify.ts';
      export { assemble } from './src/isa/index.ts';
      export { Diagnostics } from './src/base/diagnostic.ts';`,
    resolveDir: root,
  },
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  logLevel: 'warning',
});
const { verifyProgram, assemble, Diagnostics } = await import(pathToFileURL(bundle).href);
rmSync(folder, { recursive: true });

const hash = { kind: 'hash', keySize: 4, valueSize: 8, maxEntries: 16, flags: 0 };

/** Branches on bits of an unknown number: every path is another state. */
const branches = Array.from(
  { length: 12 },
  (_, bit) => `r1 = r6\nr1 &= ${1 << bit}\nif r1 == 0 goto l${bit}\nr7 += ${bit}\nr8 ^= r7\nl${bit}:`,
).join('\n');

const programs = {
  'loop of constants': { text: 'r0 = 0\nloop:\nr0 += 3\nr1 = r0\nr1 *= 5\nif r0 < 60000 goto loop\nexit', maps: [] },
  'loop with look-ups': {
    text: `r6 = 0
loop:
*(u32 *)(r10 -4) = r6
r1 = map[fd:0]
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto next
r1 = *(u64 *)(r0 +0)
next:
r6 += 1
if r6 < 2000 goto loop
r0 = 0
exit`,
    maps: [hash],
  },
  'branches on unknown bits': {
    text: `call bpf_get_prandom_u32\nr6 = r0\nr7 = 0\nr8 = 0\n${branches}\nr0 = r8\nexit`,
    maps: [],
  },
};

console.log('verifier, thousands of processed instructions a second of CPU time');
for (const [name, { text, maps }] of Object.entries(programs)) {
  const diagnostics = new Diagnostics();
  const { instructions } = assemble({ name, text }, diagnostics);
  if (diagnostics.hasErrors) throw new Error(`${name}: ${diagnostics.list[0].message}`);
  const input = { kind: 'socket_filter', instructions, maps, privileged: true };
  const first = verifyProgram(input);
  if (!first.accepted) throw new Error(`${name}: ${first.message}`);
  let processed = 0;
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 1_000_000) processed += verifyProgram(input).processed;
  const { user, system } = process.cpuUsage(start);
  console.log(`  ${name.padEnd(26)} ${((processed / (user + system)) * 1000).toFixed(0).padStart(8)}`);
}
console.log('');
