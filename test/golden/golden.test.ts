// From script to instructions: each NAME.bt has a sibling NAME.ir (the optimised intermediate form) and a NAME.asm. They are
// compiled for a small machine that never changes. `npm run bless` writes the outputs anew; read the difference before you commit it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dumpAsm } from '../../src/compiler/dump-asm.ts';
import { dumpIr } from '../../src/compiler/dump-ir.ts';
import { link } from '../../src/compiler/link.ts';
import { dumpTypes } from '../../src/frontends/bpftrace/check/dump.ts';
import { compileText } from '../../src/frontends/bpftrace/testing/scripts.ts';

const folder = import.meta.dirname;
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.bt') ? [file.slice(0, -3)] : []));

function outputsOf(name: string): Record<string, string> {
  const text = readFileSync(join(folder, `${name}.bt`), 'utf8');
  const { module, checked, messages } = compileText(text, { positional: ['openat', '42'] });
  if (!module) throw new Error(messages);
  const image = link(module, { verify: true });
  return { types: dumpTypes(checked!), ir: dumpIr(module), asm: dumpAsm(image) };
}

function compare(name: string, extension: string, text: string): void {
  const path = join(folder, `${name}.${extension}`);
  if (process.env['BLESS'] === '1') writeFileSync(path, text);
  expect(existsSync(path), `${path} is missing; run npm run bless`).toBe(true);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

describe('golden', () => {
  for (const name of names) {
    it(name, () => {
      for (const [extension, text] of Object.entries(outputsOf(name))) compare(name, extension, text);
    });
  }

  it('has scripts', () => expect(names.length).toBeGreaterThan(5));
});
