import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleClassic,
  CLASSIC_OPCODES,
  type ClassicInstruction,
  classicArray,
  classicDecimals,
  decodeClassic,
  disassembleClassic,
  encodeClassic,
  isClassicConditional,
  parseClassicDecimals,
  validateClassic,
} from '../index.ts';

/** `tcpdump -y EN10MB -d 'ip and tcp[13] & 2 != 0'` and, by hand, what listings have beside it. */
const listing = `(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 10
(002) ldb      [23]
(003) jeq      #0x6             jt 4\tjf 10
(004) ldh      [20]
(005) jset     #0x1fff          jt 10\tjf 6
(006) ldxb     4*([14]&0xf)
(007) ldb      [x + 27]
(008) jset     #0x2             jt 9\tjf 10
(009) ret      #262144
(010) ret      #0
`;

const numbers = [...CLASSIC_OPCODES];
const instruction: fc.Arbitrary<ClassicInstruction> = fc
  .record({
    code: fc.constantFrom(...numbers),
    jt: fc.integer({ min: 0, max: 255 }),
    jf: fc.integer({ min: 0, max: 255 }),
    k: fc.integer({ min: 0, max: 0xffffffff }),
  })
  .map(normal);

/** Only fields that mean something, because text has no others. */
function normal({ code, jt, jf, k }: ClassicInstruction): ClassicInstruction {
  const conditional = isClassicConditional(code);
  const memory = [0x60, 0x61, 2, 3].includes(code);
  const plain = [0x80, 0x81, 0x16, 7, 0x87, 0x84].includes(code) || ((code & 8) !== 0 && [4, 5].includes(code & 7));
  return { code, jt: conditional ? jt : 0, jf: conditional ? jf : 0, k: plain ? 0 : memory ? k % 16 : k };
}

describe('classic BPF as text', () => {
  it('reads and prints listings of tcpdump', () => {
    const assembly = assembleClassic(listing);
    if (!('program' in assembly)) throw new Error(assembly.message);
    expect(disassembleClassic(assembly.program)).toBe(listing);
  });

  it.each([
    ['ld [vlanp]', '(000) ld       [vlanp]\n'],
    ['ldh [type]', '(000) ldh      [type]\n'],
    ['ld #pktlen', '(000) ld       #pktlen\n'],
    ['ldx M[3]', '(000) ldx      M[3]\n'],
    ['st M[15]', '(000) st       M[15]\n'],
    ['ld [x + -4]', '(000) ld       [x + -4]\n'],
    ['and #255', '(000) and      #0xff\n'],
    ['add #0xff', '(000) add      #255\n'],
    ['sub x', '(000) sub      x\n'],
    ['neg', '(000) neg      \n'],
    ['tax', '(000) tax      \n'],
    ['ret a', '(000) ret      \n'],
    ['jgt x jt 1 jf 2', '(000) jgt      x                jt 1\tjf 2\n'],
    ['ja 4', '(000) ja       4\n'],
  ])('assembles %s', (text, printed) => {
    const assembly = assembleClassic(text);
    expect('program' in assembly && disassembleClassic(assembly.program)).toBe(printed);
  });

  it('knows labels', () => {
    const assembly = assembleClassic('ldh [12]\njeq #0x800 jt yes jf no\nyes: ret #1\nno:\n ret #0');
    expect('program' in assembly && assembly.program[1]).toEqual({ code: 0x15, jt: 0, jf: 1, k: 0x800 });
  });

  it.each([
    ['ld', 1, /needs an operand/],
    ['ret #1\nfoo #3', 2, /no instruction foo/],
    ['st M[16]', 1, /M\[0\] to M\[15\]/],
    ['jeq #1 jt 0 jf 400', 1, /256 instructions/],
    ['ldb #5', 1, /does not take #5/],
  ])('refuses %j', (text, line, message) => {
    expect(assembleClassic(text)).toEqual({ line, message: expect.stringMatching(message) });
  });

  it('round-trips every instruction through text, bytes and decimals', () => {
    fc.assert(
      fc.property(fc.array(instruction, { minLength: 1, maxLength: 20 }), (program) => {
        const assembly = assembleClassic(disassembleClassic(program));
        expect(assembly).toEqual({ program });
        expect(decodeClassic(encodeClassic(program))).toEqual(program);
        expect(parseClassicDecimals(classicDecimals(program))).toEqual(program);
      }),
    );
  });

  it('prints C arrays and decimals as tcpdump does', () => {
    const program = [
      { code: 0x28, jt: 0, jf: 0, k: 12 },
      { code: 6, jt: 0, jf: 0, k: 262144 },
    ];
    expect(classicArray(program)).toBe('{ 0x28, 0, 0, 0x0000000c },\n{ 0x6, 0, 0, 0x00040000 },\n');
    expect(classicDecimals(program)).toBe('2\n40 0 0 12\n6 0 0 262144\n');
  });
});

describe('validateClassic', () => {
  const check = (text: string) => {
    const assembly = assembleClassic(text);
    if (!('program' in assembly)) throw new Error(assembly.message);
    return validateClassic(assembly.program)?.message;
  };

  it.each([
    ['ret #0', undefined],
    ['ld #1', /no return/],
    ['div #0\nret a', /division by zero/],
    ['mod #0\nret a', /division by zero/],
    ['lsh #32\nret a', /shift/],
    ['rsh #31\nret a', undefined],
    ['ja 5\nret #0', /beyond the end/],
    ['jeq #1 jt 1 jf 2\nret #0', /beyond the end/],
    ['ld M[1]\nret a', /before it is written/],
    ['st M[1]\nld M[1]\nret a', undefined],
    ['jeq #1 jt 1 jf 2\nst M[1]\nld M[1]\nret a', /before it is written/],
    ['jeq #1 jt 1 jf 3\nst M[1]\nja 4\nst M[1]\nld M[1]\nret a', undefined],
    ['ld [cpu]\nret a', undefined],
    ['ld [0xfffff001]\nret a', /no ancillary data/],
  ])('judges %j', (text, expected) => {
    if (expected === undefined) expect(check(text)).toBeUndefined();
    else expect(check(text)).toMatch(expected);
  });

  it('refuses unknown opcodes, empty programs and endless ones', () => {
    expect(validateClassic([{ code: 0xff, jt: 0, jf: 0, k: 0 }])?.message).toMatch(/no opcode 0xff/);
    expect(validateClassic([])?.message).toMatch(/needs an instruction/);
    const many = Array.from({ length: 4097 }, () => ({ code: 6, jt: 0, jf: 0, k: 0 }));
    expect(validateClassic(many)?.message).toMatch(/4096/);
  });
});
