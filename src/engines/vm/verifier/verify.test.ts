// Programs as text, with the verdict and the sentence that Linux 6.18 gives them.

import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../base/diagnostic.ts';
import { assemble, type Instruction } from '../../../isa/index.ts';
import { type FunctionInfo, type MapShape, type Verdict, type VerifierInput, verifyProgram } from './verify.ts';

const maps: readonly MapShape[] = [
  { kind: 'array', keySize: 4, valueSize: 16, maxEntries: 4 },
  { kind: 'hash', keySize: 8, valueSize: 64, maxEntries: 16 },
  { kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 },
  { kind: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 4 },
  { kind: 'array', keySize: 4, valueSize: 16, maxEntries: 1, flags: 0x80 },
  { kind: 'hash', keySize: 4, valueSize: 32, maxEntries: 8, special: [{ kind: 'spin_lock', offset: 4 }] },
  { kind: 'array', keySize: 4, valueSize: 32, maxEntries: 1, special: [{ kind: 'timer', offset: 16 }] },
];

function code(text: string): readonly Instruction[] {
  const diagnostics = new Diagnostics();
  const { instructions } = assemble({ name: 'test', text: text.replaceAll(';', '\n') }, diagnostics);
  return instructions;
}

function verify(text: string, more: Partial<VerifierInput> = {}): Verdict {
  return verifyProgram({ kind: 'socket_filter', maps, privileged: true, instructions: code(text), ...more });
}

const LOOKUP = '*(u32 *)(r10 -4) = 9; r1 = map[fd:0]; r2 = r10; r2 += -4; call bpf_map_lookup_elem#1';
const RESERVE = 'r1 = map[fd:2]; r2 = 8; r3 = 0; call bpf_ringbuf_reserve#131';
const SUBMIT = 'r2 = 0; call bpf_ringbuf_submit#132';

const accepted: readonly [string, string, string?][] = [
  ['a constant', 'r0 = 0; exit'],
  ['a bounded loop', 'r1 = 0; r0 = 0; r1 += 1; r0 += r1; if r1 < 1000 goto -3; exit'],
  [
    'a loop with a bound from the context',
    'r2 = *(u32 *)(r1 +0); r2 &= 255; r3 = 0; if r3 >= r2 goto +2; r3 += 1; goto -3; r0 = 0; exit',
  ],
  ['may_goto', 'r0 = 0; r2 = 0; may_goto +3; r2 += 1; r0 += r2; goto -4; r0 = 0; exit'],
  ['a value behind a null check', `${LOOKUP}; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +8); r0 = 0; exit`],
  [
    'an index that is cut',
    `${LOOKUP}; if r0 == 0 goto +5; r1 = *(u8 *)(r0 +0); r1 &= 7; r0 += r1; *(u8 *)(r0 +0) = 1; r0 = 0; r0 = 0; exit`,
  ],
  [
    'a key that is surely inside an array',
    '*(u32 *)(r10 -8) = 1; r1 = map[fd:0]; r2 = r10; r2 += -8; call bpf_map_lookup_elem#1; r0 = *(u64 *)(r0 +0); exit',
  ],
  [
    'a ring buffer record',
    `${RESERVE}; if r0 == 0 goto +4; *(u64 *)(r0 +0) = 1; r1 = r0; ${SUBMIT}; r0 = 0; exit`,
    'tracepoint',
  ],
  [
    'a packet behind a check',
    'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 14; if r4 > r3 goto +1; r0 = *(u16 *)(r2 +12); r0 = 2; exit',
    'xdp',
  ],
  ['a spilled pointer', '*(u64 *)(r10 -8) = r1; r2 = *(u64 *)(r10 -8); r0 = *(u32 *)(r2 +0); exit'],
  [
    'a spilled bound',
    'r2 = *(u32 *)(r1 +0); r2 &= 7; *(u64 *)(r10 -8) = r2; *(u64 *)(r10 -16) = 0; r3 = *(u64 *)(r10 -8); r4 = r10; r4 += -16; r4 += r3; r0 = *(u8 *)(r4 +0); exit',
  ],
  ['a call', 'r1 = 5; call pc+2; r0 += 1; exit; r0 = r1; r0 *= 2; exit'],
  [
    'a comparison of copies',
    'r2 = *(u32 *)(r1 +0); r3 = r2; if r2 > 7 goto +4; *(u64 *)(r10 -8) = 0; r4 = r10; r4 += r3; r0 = *(u8 *)(r4 -8); r0 = 0; exit',
  ],
  ['the writable control block', 'r2 = 1; *(u32 *)(r1 +48) = r2; r0 = 0; exit'],
  ['an old packet load', 'r6 = r1; r0 = *(u8 *)skb[12]; exit'],
  [
    'a dynptr',
    'r1 = map[fd:2]; r2 = 8; r3 = 0; r4 = r10; r4 += -16; call bpf_ringbuf_reserve_dynptr#198; r1 = r10; r1 += -16; r2 = 0; call bpf_ringbuf_submit_dynptr#199; r0 = 0; exit',
    'tracepoint',
  ],
];

describe('accepted', () => {
  it.each(accepted)('%s', (_name, text, kind = 'socket_filter') => {
    const verdict = verify(text, { kind });
    expect([verdict.message, verdict.accepted, verdict.errno]).toEqual(['', true, 0]);
  });
});

const rejected: readonly [string, string, number, number, string, string?][] = [
  ['nothing returned', 'exit', -13, 0, 'R0 !read_ok'],
  ['a clobbered register', `${LOOKUP}; r0 = r1; exit`, -13, 6, 'R1 !read_ok'],
  ['an unreachable instruction', 'r0 = 0; exit; r0 = 1; exit', -22, 2, 'unreachable insn 2'],
  ['a jump out of the program', 'r0 = 0; if r0 == 0 goto +5; exit', -22, 1, 'jump out of range from insn 1 to 7'],
  ['no exit', 'r0 = 0; r0 = 1', -22, 1, 'last insn is not an exit or jmp'],
  ['an endless loop', 'r0 = 0; r0 += 0; if r0 == 0 goto -2; exit', -22, 1, 'infinite loop detected at insn 1'],
  ['a changed frame pointer', 'r10 = 0; exit', -13, 0, 'frame pointer is read only'],
  ['a number as pointer', 'r2 = 5; r0 = *(u64 *)(r2 +0); exit', -13, 1, "R2 invalid mem access 'scalar'"],
  [
    'a value that may be NULL',
    `${LOOKUP}; r0 = *(u64 *)(r0 +0); exit`,
    -13,
    6,
    "R0 invalid mem access 'map_value_or_null'",
  ],
  [
    'a read behind a value',
    `${LOOKUP}; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +12); r0 = 0; exit`,
    -13,
    7,
    'invalid access to map value, value_size=16 off=12 size=8\nR0 min value is outside of the allowed memory range',
  ],
  [
    'an index without bound',
    `r6 = *(u32 *)(r1 +0); ${LOOKUP}; if r0 == 0 goto +2; r0 += r6; *(u8 *)(r0 +0) = 1; r0 = 0; exit`,
    -13,
    9,
    'R0 unbounded memory access, make sure to bounds check any such access',
  ],
  [
    'a packet without check',
    'r2 = *(u32 *)(r1 +0); r0 = *(u8 *)(r2 +0); exit',
    -13,
    1,
    'invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)\nR2 offset is outside of the packet',
    'xdp',
  ],
  [
    'a packet field in a socket filter',
    'r0 = *(u32 *)(r1 +76); exit',
    -13,
    0,
    'invalid bpf_context access off=76 size=4',
  ],
  [
    'a moved context',
    'r1 += 8; r0 = *(u32 *)(r1 +0); exit',
    -13,
    1,
    'dereference of modified ctx ptr R1 off=8 disallowed',
  ],
  [
    'a store beyond the frame',
    '*(u64 *)(r10 -520) = 0; r0 = 0; exit',
    -13,
    0,
    'invalid write to stack R10 off=-520 size=8',
  ],
  ['a misaligned store', '*(u64 *)(r10 -12) = 0; r0 = 0; exit', -13, 0, 'misaligned stack access off 0+0+-12 size 8'],
  ['a division by nothing', 'r0 = 1; r0 /= 0; exit', -22, 1, 'div by zero'],
  ['a shift too far', 'r0 = 1; r0 <<= 64; exit', -22, 1, 'invalid shift 64'],
  [
    'arithmetic on a map',
    'r0 = map[fd:0]; r0 += 8; r0 = 0; exit',
    -13,
    2,
    'R0 pointer arithmetic on map_ptr prohibited',
  ],
  ['the product of a pointer', 'r1 *= 2; r0 = 0; exit', -13, 0, 'R1 pointer arithmetic with *= operator prohibited'],
  ['a 32-bit sum with a pointer', 'w1 += 1; r0 = 0; exit', -13, 0, 'R1 32-bit pointer arithmetic prohibited'],
  [
    'a leaked record',
    `${RESERVE}; r0 = 0; exit`,
    -22,
    6,
    'Unreleased reference id=2 alloc_insn=4\nBPF_EXIT instruction in main prog would lead to reference leak',
    'tracepoint',
  ],
  [
    'a record used after it was given up',
    `${RESERVE}; if r0 == 0 goto +5; r6 = r0; r1 = r0; ${SUBMIT}; *(u64 *)(r6 +0) = 1; r0 = 0; exit`,
    -13,
    10,
    "R6 invalid mem access 'scalar'",
    'tracepoint',
  ],
  [
    'a helper of other kinds',
    'r2 = 0; r3 = 0; call bpf_redirect#23; exit',
    -22,
    2,
    'program of this type cannot use helper bpf_redirect#23',
  ],
  [
    'a map of the wrong kind',
    'r2 = map[fd:0]; r3 = 0; call bpf_tail_call#12; r0 = 0; exit',
    -22,
    3,
    'expected prog array map for tail call',
  ],
  [
    'an argument of the wrong type',
    'r1 = 1; r2 = r10; call bpf_map_lookup_elem#1; exit',
    -13,
    2,
    'R1 type=scalar expected=map_ptr',
  ],
  [
    'a write to a read-only map',
    'r1 = map[fd:4][0]+0; *(u64 *)(r1 +0) = 1; r0 = 0; exit',
    -13,
    2,
    'write into map forbidden, value_size=16 off=0 size=8',
  ],
  [
    'a size without bound',
    'r2 = *(u32 *)(r1 +8); r1 = r10; r1 += -8; r3 = 0; call bpf_probe_read_kernel#113; r0 = 0; exit',
    -13,
    4,
    "R2 unbounded memory access, use 'var &= const' or 'if (var < const)'",
    'tracepoint',
  ],
  [
    'too much stack',
    '*(u64 *)(r10 -400) = 1; call pc+2; r0 = 0; exit; *(u64 *)(r10 -200) = 1; r0 = 0; exit',
    -13,
    4,
    'combined stack size of 2 calls is 608. Too large',
  ],
  ['recursion', 'r0 = 1; call pc+1; exit; call pc-1; exit', -7, 3, 'the call stack of 9 frames is too deep'],
  [
    'a value outside of the range',
    'r0 = 2; exit',
    -22,
    1,
    'At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]',
    'cgroup_device',
  ],
  [
    'an atomic on the context',
    'r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = 0; exit',
    -13,
    1,
    'BPF_ATOMIC stores into R1 ctx is not allowed',
  ],
];

describe('rejected', () => {
  it.each(rejected)('%s', (_name, text, errno, instruction, message, kind = 'socket_filter') => {
    const verdict = verify(text, { kind });
    expect(verdict.accepted).toBe(false);
    expect([verdict.message, verdict.errno, verdict.instruction]).toEqual([message, errno, instruction]);
  });
});

describe('limits', () => {
  it('stops after a million instructions', { timeout: 60_000 }, () => {
    const verdict = verify('r1 = 0; r0 = 0; r1 += 1; r0 += r1; if r1 < 400000 goto -3; exit');
    expect([verdict.message, verdict.errno]).toEqual(['BPF program is too large. Processed 1000001 insn', -7]);
  });
});

describe('without privileges', () => {
  const cases: readonly [string, string, string][] = [
    ['loops', 'r0 = 0; r0 += 1; if r0 < 5 goto -2; exit', 'back-edge from insn 2 to 1'],
    ['addresses returned', 'r0 = r10; exit', 'R0 leaks addr as return value'],
    ['addresses compared', 'r0 = 0; if r1 == 5 goto +0; exit', 'R1 pointer comparison prohibited'],
    ['uninitialised stack', 'r0 = *(u64 *)(r10 -8); exit', 'invalid read from stack R10 off=-8 size=8'],
    [
      'spills cut',
      '*(u64 *)(r10 -8) = r1; *(u8 *)(r10 -8) = 0; r0 = 0; exit',
      'attempt to corrupt spilled pointer on stack',
    ],
    [
      'calls',
      'call pc+1; exit; r0 = 0; exit',
      'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN',
    ],
  ];
  it.each(cases)('%s', (_name, text, message) => {
    expect(verify(text, { privileged: false }).message).toBe(message);
  });

  it('takes few kinds of program', () => {
    expect(verify('r0 = 0; exit', { kind: 'xdp', privileged: false }).errno).toBe(-1);
  });
});

describe('callbacks', () => {
  const functions = (start: number): readonly FunctionInfo[] => [
    { start: 0, name: 'main', global: true },
    { start, name: 'callback', global: false },
  ];
  const loop = (body: string): string =>
    `r1 = 100; r2 = subprog[+7]; r3 = r10; r3 += -8; *(u64 *)(r10 -8) = 0; r4 = 0; call bpf_loop#181; r0 = 0; exit; ${body}`;

  it('are walked through until nothing new comes of them', () => {
    const text = loop('r1 = *(u64 *)(r2 +0); r1 += 1; *(u64 *)(r2 +0) = r1; r0 = 0; exit');
    const start = code(text).length - 5;
    const verdict = verify(withFunction(text, start), { functions: functions(start) });
    expect(verdict.message).toBe('');
  });

  it('return 0 or 1', () => {
    const text = loop('r0 = 7; exit');
    const start = code(text).length - 2;
    const verdict = verify(withFunction(text, start), { functions: functions(start) });
    expect(verdict.message).toBe('At callback return the register R0 has smin=7 smax=7 should have been in [0, 1]');
  });

  it('need to be known as functions', () => {
    const text = loop('r0 = 0; exit');
    expect(verify(withFunction(text, code(text).length - 2)).message).toBe('missing btf func_info');
  });

  /** The distance in the text made to lead to the function. */
  function withFunction(text: string, start: number): string {
    return text.replace('[+7]', `[+${start - 2}]`);
  }
});

describe('locks', () => {
  const lookup =
    '*(u32 *)(r10 -4) = 1; r1 = map[fd:5]; r2 = r10; r2 += -4; call bpf_map_lookup_elem#1; if r0 != 0 goto +2; r0 = 0; exit; r6 = r0';

  it('are taken and given back', () => {
    const text = `${lookup}; r1 = r6; r1 += 4; call bpf_spin_lock#93; *(u64 *)(r6 +8) = 1; r1 = r6; r1 += 4; call bpf_spin_unlock#94; r0 = 0; exit`;
    expect(verify(text, { kind: 'xdp' }).message).toBe('');
  });

  it('are not kept', () => {
    const text = `${lookup}; r1 = r6; r1 += 4; call bpf_spin_lock#93; r0 = 0; exit`;
    expect(verify(text, { kind: 'xdp' }).message).toContain('bpf_spin_lock-ed region');
  });

  it('are not written', () => {
    expect(verify(`${lookup}; *(u32 *)(r6 +4) = 1; r0 = 0; exit`, { kind: 'xdp' }).message).toBe(
      'bpf_spin_lock cannot be accessed directly by load/store',
    );
  });
});

describe('what depends on the kind of program', () => {
  it('locks are not for tracing', () => {
    const text = 'r1 = map[fd:5]; r0 = 0; exit';
    expect(verify(text, { kind: 'tracepoint' }).message).toBe('tracing progs cannot use bpf_spin_lock yet');
    expect(verify(text, { kind: 'xdp' }).accepted).toBe(true);
  });

  it('functions of unknown type do not end early', () => {
    const text = 'call pc+1; exit; r6 = r1; r0 = *(u8 *)skb[0]; exit';
    expect(verify(text).message).toBe('LD_ABS is not allowed in subprogs without BTF');
  });

  it('a global function that moves the packet voids pointers into it', () => {
    const text =
      'r6 = r1; r7 = *(u32 *)(r1 +0); r8 = *(u32 *)(r1 +4); r2 = r7; r2 += 1; if r2 > r8 goto +3; r1 = r6; call pc+3; r0 = *(u8 *)(r7 +0); r0 = 2; exit; r2 = 0; call bpf_xdp_adjust_head#44; r0 = 0; exit';
    const functions: readonly FunctionInfo[] = [
      { start: 0, name: 'main', global: true },
      { start: 11, name: 'move', global: true, arguments: [{ kind: 'ctx' }] },
    ];
    expect(verify(text, { kind: 'xdp', functions }).message).toBe("R7 invalid mem access 'scalar'");
  });
});

describe('what else a verdict says', () => {
  it('tells where a register was last set', () => {
    const { explanation } = verify(`${LOOKUP}; r7 = r0; if r1 == 0 goto +0; exit`);
    expect(explanation).toContain('r1 was lost in the call at 5: (85) call bpf_map_lookup_elem#1');
  });

  it('counts what was walked through', () => {
    expect(verify('r1 = 0; r0 = 0; r1 += 1; r0 += r1; if r1 < 1000 goto -3; exit').processed).toBe(3003);
  });

  it('shows the state before every instruction', () => {
    const { states } = verify('r0 = *(u8 *)(r1 +0); r0 &= 3; exit', { collect: 'states' });
    expect(states!.map(({ text }) => text)).toEqual([
      'R1=ctx() R10=fp0',
      'R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)) R1=ctx() R10=fp0',
      'R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=3,var_off=(0x0; 0x3)) R1=ctx() R10=fp0',
    ]);
  });

  it('gives facts to compilers', () => {
    const text = 'r2 = *(u32 *)(r1 +0); r2 |= 1; r0 = 100; r0 /= r2; *(u64 *)(r10 -8) = r0; exit';
    const { facts } = verify(text, { collect: 'facts' });
    expect([facts![0]!.access, facts![3]!.nonZeroDivisor, facts![4]!.access]).toEqual(['ctx', true, 'fp']);
  });

  it('measures the stack of each function', () => {
    expect(
      verify('*(u64 *)(r10 -24) = 0; call pc+2; r0 = 0; exit; *(u8 *)(r10 -1) = 0; r0 = 0; exit').stackDepth,
    ).toEqual([24, 8]);
  });
});
