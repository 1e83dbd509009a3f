// The reader against files that the machine's own compiler makes, with binutils as the judge.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8Bytes } from '../base/bytes.ts';
import { TraceError } from '../base/error.ts';
import { AddressIndex } from './address-index.ts';
import { debugFileCandidates } from './debug-files.ts';
import { ElfFile } from './elf.ts';

const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;
const canCompile = ['gcc', 'nm', 'readelf', 'objcopy', 'strip'].every(has);

// A probe as sys/sdt.h would write it, so that the header need not be installed.
const program = `
#include <stdio.h>
__asm__(".pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n"
        ".weak _.stapsdt.base\\n.hidden _.stapsdt.base\\n_.stapsdt.base: .space 1\\n.size _.stapsdt.base,1\\n.popsection\\n");
unsigned short app_request_semaphore __attribute__((section(".probes"), used));
int visible_data = 3;
static int __attribute__((noinline)) hidden_function(int x) {
  __asm__ volatile("990: nop\\n.pushsection .note.stapsdt,\\"?\\",\\"note\\"\\n.balign 4\\n"
    ".4byte 992f-991f, 994f-993f, 3\\n991: .asciz \\"stapsdt\\"\\n992: .balign 4\\n"
    "993: .8byte 990b\\n.8byte _.stapsdt.base\\n.8byte app_request_semaphore\\n"
    ".asciz \\"app\\"\\n.asciz \\"request\\"\\n.asciz \\"-4@$7 8@%%rax\\"\\n994: .balign 4\\n.popsection" ::: "memory");
  return x * visible_data;
}
__attribute__((weak, noinline)) int weak_function(int x) { return hidden_function(x) + 1; }
__attribute__((noinline)) int global_function(int x) { return weak_function(x) + 2; }
int main(int argc, char **argv) { printf("%d\\n", global_function(argc)); return 0; }
`;

describe.skipIf(!canCompile)('compiled files (need gcc and binutils)', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const open = (name: string): ElfFile => ElfFile.open(readFileSync(path(name)));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'elf-'));
    writeFileSync(path('a.c'), program);
    const gcc = (...args: string[]) => execFileSync('gcc', ['-O1', '-Wl,--build-id', path('a.c'), ...args]);
    gcc('-pie', '-fPIE', '-o', path('pie'));
    gcc('-no-pie', '-o', path('static-place'));
    gcc('-shared', '-fPIC', '-Wl,-soname,liba.so.1', '-o', path('liba.so'));
    execFileSync('objcopy', ['--only-keep-debug', path('pie'), path('pie.debug')]);
    execFileSync('strip', ['-o', path('stripped'), path('pie')]);
    execFileSync('objcopy', ['--add-gnu-debuglink=pie.debug', path('stripped')], { cwd: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each(['pie', 'static-place', 'liba.so'])('%s', (name) => {
    it('has the symbols that nm finds', () => {
      const lines = execFileSync('nm', ['--defined-only', path(name)], { encoding: 'utf8' })
        .trim()
        .split('\n');
      const elf = open(name);
      let functions = 0;
      for (const line of lines) {
        const [address, type, symbol] = line.split(' ') as [string, string, string];
        if (!/^[tTwWdD]$/.test(type) || !/_function$|^main$|^visible_data$/.test(symbol)) continue;
        expect(elf.symbol(symbol)?.address, symbol).toBe(BigInt(`0x${address}`));
        functions += Number(/[tTwW]/.test(type));
      }
      expect(functions).toBe(4);
      expect(elf.symbol('nothing')).toBeUndefined();
      expect(elf.symbol('printf')).toBeUndefined();
    });

    it('says where functions are in the file, and back', () => {
      const elf = open(name);
      const text = elf.section('.text')!;
      for (const symbol of ['main', 'global_function', 'weak_function', 'hidden_function']) {
        const found = elf.functionOffset(symbol)!;
        expect(found.offset).toBe(Number(found.address - text.address) + text.offset);
        expect(found.size).toBeGreaterThan(0);
        expect(elf.offsetToAddress(found.offset)).toBe(found.address);
      }
      expect(elf.functionOffset('visible_data')).toBeUndefined();
      expect(elf.addressToOffset(0xdead_0000_0000n)).toBeUndefined();
    });

    it('names addresses', () => {
      const elf = open(name);
      const found = elf.functionOffset('hidden_function')!;
      expect(elf.symbolAt(found.address)).toEqual({ name: 'hidden_function', offset: 0 });
      const last = BigInt(found.size - 1);
      expect(elf.symbolAt(found.address + last)).toEqual({ name: 'hidden_function', offset: found.size - 1 });
      expect(elf.symbolAt(elf.symbol('visible_data')!.address + 1n)).toEqual({ name: 'visible_data', offset: 1 });
      expect(elf.symbolAt(0xdead_0000_0000n)).toBeUndefined();
    });

    it('lists its functions once', () => {
      const names = [...open(name).functions()].map((symbol) => symbol.name);
      expect(names).toEqual(expect.arrayContaining(['main', 'global_function', 'weak_function', 'hidden_function']));
      expect(new Set(names).size).toBe(names.length);
      expect(names).not.toContain('visible_data');
    });

    it('has its probe', () => {
      const elf = open(name);
      const probes = elf.usdtProbes();
      const inside = elf.functionOffset('hidden_function')!;
      expect(probes).toHaveLength(1);
      const probe = probes[0]!;
      expect(probe).toMatchObject({ provider: 'app', name: 'request', text: '-4@$7 8@%rax' });
      expect(probe.offset).toBeGreaterThanOrEqual(inside.offset);
      expect(probe.offset).toBeLessThan(inside.offset + inside.size);
      expect(probe.semaphoreOffset).toBe(elf.addressToOffset(elf.symbol('app_request_semaphore')!.address));
      expect(readFileSync(path(name))[probe.offset]).toBe(0x90);
    });

    it('has the build id that readelf reads', () => {
      const text = execFileSync('readelf', ['-n', path(name)], { encoding: 'utf8' });
      expect(open(name).buildId).toBe(/Build ID: ([0-9a-f]+)/.exec(text)?.[1]);
    });
  });

  it('tell what the dynamic linker is told', () => {
    expect(open('liba.so').dynamic).toMatchObject({ needed: ['libc.so.6'], soname: 'liba.so.1' });
    expect(open('liba.so').interpreter).toBeUndefined();
    expect(open('pie').interpreter).toMatch(/^\/.*ld.*\.so/);
  });

  it('keep their exported symbols when they are stripped', () => {
    const elf = open('stripped');
    expect(elf.symtab).toBeUndefined();
    expect(elf.functionOffset('hidden_function')).toBeUndefined();
    expect(elf.debugLink?.file).toBe('pie.debug');
    const id = elf.buildId!;
    expect(debugFileCandidates(elf, '/opt/app/stripped')).toEqual([
      `/usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`,
      '/opt/app/pie.debug',
      '/opt/app/.debug/pie.debug',
      '/usr/lib/debug/opt/app/pie.debug',
    ]);
  });

  it('are named with the help of their debug file', () => {
    const elf = open('stripped');
    const debug = open('pie.debug');
    const index = new AddressIndex([...elf.symbolTables(), ...debug.symbolTables()], elf.baseAddress);
    const { address } = open('pie').symbol('hidden_function')!;
    expect(elf.symbolAt(address)).toBeUndefined();
    expect(index.at(address + 2n)).toEqual({ name: 'hidden_function', offset: 2 });
  });

  it('may have 32 bits', ({ skip }) => {
    const build = spawnSync(
      'gcc',
      ['-m32', '-ffreestanding', '-nostdlib', '-shared', '-O1', '-x', 'c', '-', '-o', path('lib32.so')],
      {
        input: 'int twice(int x) { return x * 2; }',
      },
    );
    if (build.status !== 0) return skip('gcc cannot compile for 32 bits');
    const elf = open('lib32.so');
    expect(elf.header.is64).toBe(false);
    const found = elf.functionOffset('twice')!;
    const text = elf.section('.text')!;
    expect(found.offset).toBe(Number(found.address - text.address) + text.offset);
    expect(elf.symbolAt(found.address + 1n)).toEqual({ name: 'twice', offset: 1 });
  });

  it('that are damaged never make the reader fail in another way', () => {
    const bytes = readFileSync(path('pie'));
    const sections = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, true);
    const places = fc.oneof(
      fc.nat(1023),
      fc.nat(1023).map((at) => Math.min(Number(sections) + at, bytes.length - 1)),
    );
    fc.assert(
      fc.property(places, fc.nat(255), (place, value) => {
        const changed = Uint8Array.from(bytes);
        changed[place] = value;
        try {
          const elf = ElfFile.open(changed);
          elf.functionOffset('main');
          elf.symbolAt(0x1234n);
          elf.usdtProbes();
          elf.dynamic;
          elf.debugLink;
          elf.interpreter;
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
    );
  });
});

describe('a large program: Node itself', () => {
  it('has its own functions', ({ skip }) => {
    const elf = ElfFile.open(readFileSync(process.execPath));
    const found = elf.functionOffset('uv_run');
    if (!found) return skip('this Node takes libuv from a library');
    expect(elf.symbolAt(found.address + 1n)).toEqual({ name: 'uv_run', offset: 1 });
  });
});

describe('what is not ELF', () => {
  it.each([
    ['empty', new Uint8Array()],
    ['text', utf8Bytes('#!/bin/sh\necho this is a script and long enough to be a header of something\n')],
    ['big-endian', Uint8Array.from({ length: 64 }, (_, index) => [0x7f, 0x45, 0x4c, 0x46, 2, 2][index] ?? 0)],
  ])('is refused when %s', (_, bytes) => {
    expect(() => ElfFile.open(bytes)).toThrow(TraceError);
  });
});
