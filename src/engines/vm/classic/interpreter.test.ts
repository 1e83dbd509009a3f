import { describe, expect, it } from 'vitest';
import { assembleClassic } from '../../../isa/index.ts';
import { type ClassicPacket, runClassic } from './interpreter.ts';

function run(text: string, packet: Partial<ClassicPacket> = {}): number {
  const assembly = assembleClassic(text);
  if (!('program' in assembly)) throw new Error(`line ${assembly.line}: ${assembly.message}`);
  return runClassic(assembly.program, { bytes: Uint8Array.of(0x45, 1, 2, 3, 0xff, 0xfe), ...packet });
}

describe('runClassic', () => {
  it.each([
    ['ret #7', 7],
    ['ld #5\nret a', 5],
    ['ldb [1]\nret a', 1],
    ['ldh [1]\nret a', 0x102],
    ['ld [0]\nret a', 0x45010203],
    ['ldx #2\nldh [x + 2]\nret a', 0xfffe],
    ['ldxb 4*([0]&0xf)\ntxa\nret a', 20],
    ['ld #pktlen\nret a', 6],
    ['ldx #pktlen\ntxa\nret a', 6],
    ['ld #9\nst M[3]\nld #0\nldx M[3]\ntxa\nret a', 9],
    ['ldx #9\nstx M[15]\nld M[15]\nret a', 9],
  ])('loads: %j', (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ['add #1', 0xffffffff, 0],
    ['sub #1', 0, 0xffffffff],
    ['mul #0x10001', 0x10001, 0x00020001],
    ['div #3', 0xffffffff, 0x55555555],
    ['mod #10', 0xffffffff, 5],
    ['and #0xf0', 0xff, 0xf0],
    ['or #0x80000000', 1, 0x80000001],
    ['xor #0xffffffff', 1, 0xfffffffe],
    ['lsh #31', 3, 0x80000000],
    ['rsh #31', 0x80000000, 1],
    ['neg', 1, 0xffffffff],
  ])('computes in 32 bits: %s', (operation, a, expected) => {
    expect(run(`ld #${a}\n${operation}\nret a`)).toBe(expected);
  });

  it.each([
    ['jeq #5 jt 2 jf 3', 1],
    ['jgt #5 jt 2 jf 3', 0],
    ['jge #5 jt 2 jf 3', 1],
    ['jset #0x80000004 jt 2 jf 3', 1],
    ['jset #2 jt 2 jf 3', 0],
    ['ja 2', 1],
  ])('jumps: %s', (jump, expected) => {
    expect(run(`ld #5\n${jump}\nret #1\nret #0`)).toBe(expected);
  });

  it.each([
    ['ldb [6]\nret #1'],
    ['ldh [5]\nret #1'],
    ['ld [3]\nret #1'],
    ['ldx #0xffffffff\nldb [x + 0xffffffff]\nret #1'],
    ['ldxb 4*([6]&0xf)\nret #1'],
    ['ld #4\nldx #0\ndiv x\nret #1'],
    ['ld #4\nldx #0\nmod x\nret #1'],
    ['ld [mark]\nret #1'],
  ])('ends with 0: %j', (text) => {
    expect(run(text)).toBe(0);
  });

  it('wraps an index as the kernel does', () => {
    expect(run('ldx #0xffffffff\nldb [x + 2]\nret a')).toBe(1);
  });

  it('knows what stands beside the packet', () => {
    expect(run('ld #pktlen\nret a', { length: 1500 })).toBe(1500);
    expect(run('ld [vlan_tci]\nret a', { ancillary: { vlan_tci: 42 } })).toBe(42);
    expect(run('ld #6\nldx #3\nld [xor_x]\nret a')).toBe(5);
  });

  it('ends a program that loops', () => {
    const back = { code: 5, jt: 0, jf: 0, k: 0xffffffff };
    expect(runClassic([back, { code: 6, jt: 0, jf: 0, k: 1 }], { bytes: new Uint8Array(1) })).toBe(0);
  });
});
