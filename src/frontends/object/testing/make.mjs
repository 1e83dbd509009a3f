// Makes objects.json from the C files here, with clang and llvm-strip: the tests need neither.
//   node src/frontends/object/testing/make.mjs

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), 'beetrace-objects-'));
const objects = {};
for (const file of readdirSync(here).filter((name) => name.endsWith('.c'))) {
  const output = join(scratch, 'out.o');
  execFileSync('clang', ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-c', file, '-o', output], { cwd: here });
  execFileSync('llvm-strip', ['-g', output]);
  objects[file.replace('.c', '')] = readFileSync(output, 'base64');
}
rmSync(scratch, { recursive: true });
writeFileSync(join(here, 'objects.json'), `${JSON.stringify(objects, undefined, 2)}\n`);
