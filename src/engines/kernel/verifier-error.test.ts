import { describe, expect, test } from 'vitest';
import { movImm } from '../../isa/index.ts';
import { testImage } from './testing/images.ts';
import { locationOf, parseVerifierLog, VerifierError } from './verifier-error.ts';

describe('the log of the verifier', () => {
  test('the last instruction before the sentence is the one', () => {
    const log = [
      'func#0 @0',
      '0: R1=ctx() R10=fp0',
      '; @a = 1 @ test.bt:1',
      '0: (b7) r0 = 0                        ; R0_w=0',
      '1: (79) r1 = *(u64 *)(r0 +0)',
      "R0 invalid mem access 'scalar'",
      'processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
      '',
    ].join('\n');
    expect(parseVerifierLog(log)).toEqual({
      slot: 1,
      instruction: '(79) r1 = *(u64 *)(r0 +0)',
      summary: "R0 invalid mem access 'scalar'",
    });
  });

  test('a sentence that names its instruction is believed', () => {
    const { slot, summary } = parseVerifierLog(
      'jump out of range from insn 3 to 9\nprocessed 0 insns (limit 1000000)\n',
    );
    expect(slot).toBe(3);
    expect(summary).toBe('jump out of range from insn 3 to 9');
  });

  test('state lines of older kernels are no sentences', () => {
    const log = [
      '0: (bf) r6 = r1',
      '1: R1=ctx(id=0,off=0,imm=0) R6_w=ctx(id=0,off=0,imm=0) R10=fp0',
      '1: (85) call bpf_map_lookup_elem#1',
      'R2 !read_ok',
      'processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
    ].join('\n');
    expect(parseVerifierLog(log)).toMatchObject({ slot: 1, summary: 'R2 !read_ok' });
  });

  test('too many instructions', () => {
    const log =
      'BPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns (limit 1000000) max_states_per_insn 4\n';
    expect(parseVerifierLog(log).summary).toBe('BPF program is too large. Processed 1000001 insn');
  });

  test('an empty log', () => {
    expect(parseVerifierLog('')).toEqual({ slot: undefined, instruction: undefined, summary: 'it gave no reason' });
  });
});

describe('a rejection', () => {
  const location = (start: number) => ({ source: 0, start, end: start + 1 });
  const lines = [
    { slot: 0, location: location(0) },
    { slot: 4, location: location(40) },
  ];
  const program = testImage({ programs: [{ kind: 'tracepoint', code: [movImm(0, 0)], lines, attach: [] }] })
    .programs[0]!;

  test.each([
    ["R0 invalid mem access 'map_value_or_null'", /compared with NULL/],
    ["R1 invalid mem access 'inv'", /through a number/],
    ['R2 unbounded memory access, make sure to bounds check any such access', /limit of a size/],
    ['invalid access to map value, value_size=8 off=8 size=8', /beyond the end/],
    ['BPF program is too large. Processed 1000001 insn', /too many paths/],
    ['The sequence of 8193 jumps is too complex.', /too many paths/],
    ['combined stack size of 2 calls is 640. Too large', /512 bytes of stack/],
    ['invalid func unknown#999', /no helper number 999/],
    ['unknown func bpf_loop#181', /no helper bpf_loop/],
    ['program of this type cannot use helper bpf_redirect#23', /kind tracepoint may not call bpf_redirect/],
    ['R0 !read_ok', /without a return value/],
    ['R3 !read_ok', /R3 is read before/],
    ['back-edge from insn 5 to 2', /not proven to end/],
    ['infinite loop detected at insn 3', /not proven to end/],
    ['invalid bpf_context access off=64 size=8', /part of the context/],
    ['Unreleased reference id=2 alloc_insn=4', /not given back/],
    ['cannot call GPL-restricted function from non-GPL compatible program', /GPL/],
  ])('%s', (sentence, meaning) => {
    const error = new VerifierError(program, `5: (b7) r0 = 0\n${sentence}\n`, undefined);
    expect(error.summary).toBe(sentence);
    expect(error.explanation).toMatch(meaning);
    expect(error.message).not.toContain('\n');
    expect(error.hints.length).toBeGreaterThan(0);
    expect(error.code).toBe('ERR_VERIFIER');
  });

  test('a helper tells since when it is there', () => {
    const error = new VerifierError(program, '5: (85) call unknown#181\ninvalid func bpf_loop#181\n', undefined);
    expect(error.hints[0]).toBe('bpf_loop is there since Linux 5.17');
  });

  test('the slot becomes a place of the source', () => {
    expect(new VerifierError(program, '5: (b7) r0 = 0\nbad\n', undefined).location).toEqual(location(40));
    expect(locationOf(program, 3)).toEqual(location(0));
    expect(locationOf({ ...program, lines: [] }, 3)).toBeUndefined();
  });
});
