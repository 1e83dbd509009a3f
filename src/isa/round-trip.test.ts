import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../base/diagnostic.ts';
import { assemble } from './assemble.ts';
import { decode } from './decode.ts';
import { type DisassembleOptions, disassemble } from './disassemble.ts';
import { encode } from './encode.ts';
import type { Instruction } from './instruction.ts';

// Any slot, with fields that are often the ones that real programs have.
const field = (values: readonly number[], any: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: any });

const anySlot: fc.Arbitrary<Instruction> = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  dst: field([0, 0, 1, 10], fc.integer({ min: 0, max: 15 })),
  src: field([0, 0, 1, 2], fc.integer({ min: 0, max: 15 })),
  off: field([0, 0, 1, -1, 8, 16, 32], fc.integer({ min: -0x8000, max: 0x7fff })),
  imm: field(
    [0, 0, 1, -1, 16, 32, 64, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1, 0x100, 0x110],
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  ),
});

const wideLoad: fc.Arbitrary<Instruction[]> = fc
  .tuple(anySlot, anySlot, fc.boolean())
  .map(([first, second, clean]) => [
    { ...first, code: 0x18, ...(clean && { off: 0 }) },
    clean ? { code: 0, dst: 0, src: 0, off: 0, imm: second.imm } : second,
  ]);

const program: fc.Arbitrary<Instruction[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: anySlot.map((slot) => [slot]) }, { weight: 1, arbitrary: wideLoad }), {
    maxLength: 12,
  })
  .map((parts) => parts.flat());

function assembleText(text: string): Instruction[] {
  const diagnostics = new Diagnostics();
  const { instructions, spans } = assemble({ name: 'test', text }, diagnostics);
  expect(diagnostics.list.map(renderDiagnostic)).toEqual([]);
  expect(spans).toHaveLength(instructions.length);
  return [...instructions];
}

describe('bytes', () => {
  it('decode and encode without loss, in both byte orders', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.boolean(), (words, bigEndian) => {
        const bytes = new Uint8Array(words.length * 8).map((_, index) => (words[index >> 3]! * (index + 7)) & 0xff);
        expect(encode(decode(bytes, { bigEndian }), { bigEndian })).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('encode and decode without loss', () => {
    fc.assert(
      fc.property(program, fc.boolean(), (slots, bigEndian) => {
        expect(decode(encode(slots, { bigEndian }), { bigEndian })).toEqual(slots);
      }),
      { numRuns: 300 },
    );
  });

  it('has the layout of struct bpf_insn', () => {
    const slot: Instruction = { code: 0x7b, dst: 10, src: 2, off: -8, imm: 0x01020304 };
    expect([...encode([slot])]).toEqual([0x7b, 0x2a, 0xf8, 0xff, 4, 3, 2, 1]);
    expect([...encode([slot], { bigEndian: true })]).toEqual([0x7b, 0xa2, 0xff, 0xf8, 1, 2, 3, 4]);
  });

  it('decodes from the middle of a buffer', () => {
    const bytes = new Uint8Array([9, 9, 0x95, 0, 0, 0, 0, 0, 0, 0]);
    expect(decode(bytes.subarray(2))).toEqual([{ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]);
  });

  it('refuses half a slot', () => {
    expect(() => decode(new Uint8Array(7))).toThrow('whole number of slots');
  });
});

describe('text', () => {
  const forms: readonly (readonly [string, DisassembleOptions])[] = [
    ['as the kernel prints it', {}],
    ['without opcodes', { opcodes: false }],
    ['without indices', { indices: false }],
    ['with labels', { labels: true }],
    ['with labels alone', { labels: true, opcodes: false, indices: false }],
    ['with map ids', { mapKey: 'id', opcodes: false }],
  ];
  it.each(forms)('reads back every slot sequence %s', (_name, options) => {
    fc.assert(
      fc.property(program, (slots) => {
        expect(assembleText(disassemble(slots, options))).toEqual(slots);
      }),
      { numRuns: 1500 },
    );
  });

  it('reads back every opcode with every single field in use', () => {
    const slots: Instruction[] = [];
    for (let code = 0; code < 256; code++) {
      const plain = { code, dst: 0, src: 0, off: 0, imm: 0 };
      slots.push(plain, { ...plain, dst: 3 }, { ...plain, src: 2 }, { ...plain, off: -9 }, { ...plain, imm: -7 });
      for (const imm of [16, 0x41, 0xe1, 0xf1, 0x100, 0x110]) slots.push({ ...plain, dst: 3, src: 4, off: 8, imm });
    }
    for (const options of [{}, { opcodes: false }]) {
      expect(assembleText(disassemble(slots, options))).toEqual(slots);
    }
  });
});

describe('the assembler', () => {
  const words = `r1 r10 w2 %r3 r16 pc if goto gotol call exit lock local map subprog btf idx fd id skb u8 u64 s8 s16 ll be16
    atomic64_fetch_add fetch_add cmpxchg_64 load_acquire store_release addr_space_cast mov ldxdw stxw lddw jeq ja x: x 0 5 -3 0x10
    0xffffffffffffffff 99999999999999999999 = += s>>= == s> ( ) [ ] * , + - & : # ; // -- .raw 07 (bf) (18) 3: <x> @ \n`;
  const token = fc.constantFrom(...words.split(/[ ]+/).map((word) => word.replace('\\n', '\n')));

  it('answers every text with diagnostics, and places them inside it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join(' ')),
    );
    fc.assert(
      fc.property(text, (text) => {
        const diagnostics = new Diagnostics();
        const { instructions, spans } = assemble({ name: 'test', text }, diagnostics);
        expect(spans).toHaveLength(instructions.length);
        for (const { span } of diagnostics.list) {
          expect(span!.start).toBeGreaterThanOrEqual(0);
          expect(span!.end).toBeGreaterThanOrEqual(span!.start);
          expect(span!.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
