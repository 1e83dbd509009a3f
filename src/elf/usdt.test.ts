import { describe, expect, it } from 'vitest';
import { ByteWriter, utf8Bytes } from '../base/bytes.ts';
import { Machine } from './format.ts';
import { parseNotes } from './notes.ts';
import { parseUsdtArguments, parseUsdtNotes, type UsdtLocation } from './usdt.ts';

const memory = (location: object): UsdtLocation => ({ kind: 'memory', offset: 0n, scale: 1, ...location });
const register = (name: string, shift = 0): UsdtLocation => ({ kind: 'register', register: name, shift });
const constant = (value: bigint): UsdtLocation => ({ kind: 'constant', value });

describe('arguments on x86-64', () => {
  it.each<[string, number, boolean, UsdtLocation]>([
    ['-4@%edi', 4, true, register('rdi')],
    ['8@%rax', 8, false, register('rax')],
    ['1@%ah', 1, false, register('rax', 8)],
    ['1@%sil', 1, false, register('rsi')],
    ['2@%r10w', 2, false, register('r10')],
    ['-4@$-9', 4, true, constant(-9n)],
    ['8@$0x10', 8, false, constant(16n)],
    ['8@-8(%rbp)', 8, false, memory({ base: 'rbp', offset: -8n })],
    ['8@(%rsp)', 8, false, memory({ base: 'rsp' })],
    ['4@16(%rax,%rbx,8)', 4, false, memory({ base: 'rax', index: 'rbx', scale: 8, offset: 16n })],
    ['4@(%rax,%rbx)', 4, false, memory({ base: 'rax', index: 'rbx' })],
    ['8@counter(%rip)', 8, false, memory({ base: 'rip', symbol: 'counter' })],
    ['8@counter+8(%rip)', 8, false, memory({ base: 'rip', symbol: 'counter', offset: 8n })],
    ['8@0x601040', 8, false, memory({ offset: 0x601040n })],
    ['8f@%xmm0', 8, false, { kind: 'unsupported' }],
    ['16@%xmm0', 8, false, { kind: 'unsupported' }],
    ['8@%xmm1', 8, false, { kind: 'unsupported' }],
    ['8@%fs:(%rax)', 8, false, { kind: 'unsupported' }],
    ['%rdi', 8, false, register('rdi')],
  ])('%s', (text, size, signed, location) => {
    expect(parseUsdtArguments(text, Machine.X86_64)).toEqual([{ size, signed, location, text }]);
  });

  it('are separated by spaces', () => {
    const args = parseUsdtArguments('-4@%edi 8@-8(%rbp)  1@$3', Machine.X86_64);
    expect(args.map(({ text }) => text)).toEqual(['-4@%edi', '8@-8(%rbp)', '1@$3']);
    expect(parseUsdtArguments('', Machine.X86_64)).toEqual([]);
  });
});

describe('arguments on AArch64', () => {
  it.each<[string, UsdtLocation]>([
    ['8@x0', register('x0')],
    ['-4@w30', register('x30')],
    ['8@sp', register('sp')],
    ['4@5', constant(5n)],
    ['-4@-5', constant(-5n)],
    ['8@[x1]', memory({ base: 'x1' })],
    ['8@[sp, 16]', memory({ base: 'sp', offset: 16n })],
    ['8@[x0, -8]', memory({ base: 'x0', offset: -8n })],
    ['8@[x0, x2, lsl 3]', memory({ base: 'x0', index: 'x2', scale: 8 })],
    ['8@x31', { kind: 'unsupported' }],
    ['8@v0', { kind: 'unsupported' }],
  ])('%s', (text, location) => {
    expect(parseUsdtArguments(text, Machine.AARCH64)).toEqual([expect.objectContaining({ location, text })]);
  });

  it('may have spaces in brackets', () => {
    const args = parseUsdtArguments('-4@[sp, 12] 8@x1', Machine.AARCH64);
    expect(args.map(({ text }) => text)).toEqual(['-4@[sp, 12]', '8@x1']);
  });
});

function note(owner: string, type: number, description: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
    .u32(owner.length + 1)
    .u32(description.length)
    .u32(type);
  return writer
    .bytes(utf8Bytes(`${owner}\0`))
    .align(4)
    .bytes(description)
    .align(4)
    .finish();
}

describe('notes', () => {
  const texts = utf8Bytes('app\0request\0-4@%edi\0');
  const description = new ByteWriter().u64(0x1000n).u64(0x2000n).u64(0x3000n).bytes(texts).finish();
  const bytes = new ByteWriter()
    .bytes(note('GNU', 3, new Uint8Array([1, 2])))
    .bytes(note('stapsdt', 3, description))
    .finish();

  it('are told apart', () => {
    expect(parseNotes(bytes).map(({ owner, type }) => `${owner}:${type}`)).toEqual(['GNU:3', 'stapsdt:3']);
    expect(parseNotes(bytes.subarray(0, bytes.length - 8))).toHaveLength(1);
  });

  it('of probes are read', () => {
    const probes = parseUsdtNotes(parseNotes(bytes), { is64: true, machine: Machine.X86_64 });
    expect(probes).toHaveLength(1);
    expect(probes[0]).toMatchObject({ provider: 'app', name: 'request', address: 0x1000n, semaphore: 0x3000n });
    expect(probes[0]!.args).toHaveLength(1);
  });

  it('of probes move with their base', () => {
    const context = { is64: true, machine: Machine.X86_64, baseAddress: 0x2500n };
    expect(parseUsdtNotes(parseNotes(bytes), context)[0]).toMatchObject({ address: 0x1500n, semaphore: 0x3500n });
  });
});
