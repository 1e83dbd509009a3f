// Calls in the JIT: functions, tail calls, callbacks, helpers of all result kinds; and how runs are stopped. What matters is that
// the interpreter does the same.

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../../base/diagnostic.ts';
import { assemble, type Instruction } from '../../../isa/index.ts';
import { Machine } from '../machine.ts';
import { runOnce } from '../run.ts';
import { Jit } from './jit.ts';
import { jitRunner } from './runner.ts';
import { compiled, interpret, type Outcome, type Setup, u32 } from './testing/compare.ts';

function code(text: string): readonly Instruction[] {
  const diagnostics = new Diagnostics();
  const maps = new Map(Array.from({ length: 4 }, (_, index) => [`m${index}`, index]));
  const { instructions } = assemble({ name: 'test', text }, diagnostics, { maps });
  expect(diagnostics.list).toEqual([]);
  return instructions;
}

/** What both give, the number of instructions left out. */
function both(text: string, setup: Omit<Setup, 'instructions'> = {}): Omit<Outcome, 'steps'> {
  const all = { ...setup, instructions: code(text) };
  const { steps: _, ...expected } = interpret(all);
  const { steps: __, ...found } = compiled(all);
  expect(found).toEqual(expected);
  return found;
}

const jump = `
  *(u64 *)(r10 - 8) = r1
  r6 = *(u32 *)(r1 + 0)
  r6 += 1
  *(u32 *)(r1 + 0) = r6
  r2 = map[m0]
  r3 = INDEX
  call bpf_tail_call
  r0 = FALLS
  exit
`;
const jumping = (index: number, falls: number): string =>
  jump.replace('INDEX', `${index}`).replace('FALLS', `${falls}`);
const programs = [{ kind: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 4, flags: 0 }];

describe('tail calls', () => {
  test('to another program, which finds the context and the frame', () => {
    const others = [code('r0 = *(u64 *)(r10 - 8)\nr0 -= r1\nr0 += 7\nexit\n')];
    const { results } = both(jumping(2, 1), {
      maps: programs,
      others,
      programEntries: [{ map: 0, index: 2, program: 1 }],
    });
    expect(results).toEqual(['0x7']);
  });

  test('to itself end after 33', () => {
    const { results, context } = both(jumping(0, 5), {
      maps: programs,
      programEntries: [{ map: 0, index: 0, program: 0 }],
    });
    expect(results).toEqual(['0x5']);
    expect(context.slice(0, 8)).toBe('22000000');
  });

  test.each([1, 4, -1, 0x7fffffff])('to what is not there fall through: index %i', (index) => {
    const entries = [{ map: 0, index: 0, program: 0 }];
    expect(both(jumping(index, 9), { maps: programs, programEntries: entries }).results).toEqual(['0x9']);
  });

  test('in a function replace that function alone', () => {
    const text = `
      call inner
      r0 += 100
      exit
    inner:
      r2 = map[m0]
      r3 = 0
      call bpf_tail_call
      r0 = 1
      exit
    `;
    const others = [code('r0 = 20\nexit\n')];
    const { results } = both(text, { maps: programs, others, programEntries: [{ map: 0, index: 0, program: 1 }] });
    expect(results).toEqual(['0x78']);
  });

  test('each run may make 33', () => {
    const setup = { maps: programs, programEntries: [{ map: 0, index: 0, program: 0 }], runs: 3 };
    expect(both(jumping(0, 5), setup).context.slice(0, 8)).toBe('66000000');
  });
});

describe('functions', () => {
  test('have frames of their own and give back r6 to r9', () => {
    const text = `
      r6 = 6
      r7 = 7
      r8 = 8
      r9 = 9
      *(u64 *)(r10 - 8) = 77
      r1 = 5
      call inner
      r0 += r6
      r0 += r7
      r0 += r8
      r0 += r9
      r1 = *(u64 *)(r10 - 8)
      r0 += r1
      exit
    inner:
      r6 = r1
      r7 = 0
      r8 = 0
      r9 = 0
      *(u64 *)(r10 - 8) = 1
      r0 = r6
      exit
    `;
    expect(both(text).results).toEqual(['0x70']);
  });

  test('too deep are stopped at the call', () => {
    const text = 'r0 = 0\ncall inner\nexit\ninner:\ncall inner\nexit\n';
    expect(both(text).results).toEqual(['3: more than 16 functions are active']);
  });
});

describe('callbacks', () => {
  const loop = (count: number, flags = 0, body = 'r0 = 0'): string => `
    *(u64 *)(r10 - 8) = 0
    r1 = ${count}
    r2 = subprog[each]
    r3 = r10
    r3 += -8
    r4 = ${flags}
    call bpf_loop
    exit
  each:
    r3 = *(u64 *)(r2 + 0)
    r3 += r1
    *(u64 *)(r2 + 0) = r3
    ${body}
    exit
  `;

  test.each([
    ['run to the end', loop(10), '0xa'],
    ['end early', loop(10, 0, 'r0 = 1'), '0x1'],
    ['run not at all', loop(0), '0x0'],
    ['refuse flags', loop(5, 1), '0xffffffffffffffea'],
    ['refuse too many', loop(0x800001), '0xfffffffffffffff9'],
  ])('of bpf_loop %s', (_name, text, result) => {
    expect(both(text).results).toEqual([result]);
  });

  test('are bounded too', () => {
    const setup = { instructions: code(loop(1000)), jit: { budget: 999 } };
    expect(compiled(setup).results).toEqual(['7: the budget of the run is used up']);
    expect(compiled({ ...setup, jit: { budget: 1000 } }).results).toEqual(['0x3e8']);
  });

  test('of bpf_for_each_map_elem on an array, which is walked outside', () => {
    const text = `
      r1 = map[m0]
      r2 = subprog[each]
      r3 = 0
      r4 = 0
      call bpf_for_each_map_elem
      exit
    each:
      r4 = *(u32 *)(r2 + 0)
      *(u64 *)(r3 + 0) = r4
      r0 = 0
      if r4 != 2 goto +1
      r0 = 1
      exit
    `;
    const maps = [{ kind: 'array', keySize: 4, valueSize: 8, maxEntries: 5, flags: 0 }];
    expect(both(text, { maps }).results).toEqual(['0x3']);
  });
});

describe('helpers', () => {
  test('with 64-bit results', () => {
    const clock = { monotonic: () => 0x123456789abcn, boot: () => 2n ** 63n + 5n, tai: () => 3n };
    expect(both('call bpf_ktime_get_ns\nexit\n', { host: { clock } }).results).toEqual(['0x123456789abc']);
    expect(both('call bpf_ktime_get_boot_ns\nexit\n', { host: { clock } }).results).toEqual(['0x8000000000000005']);
  });

  test('time as a number', () => {
    const clock = {
      monotonic: () => 5_000_000_000_001n,
      nanoseconds: () => 5_000_000_000_001,
      boot: () => 0n,
      tai: () => 0n,
    };
    expect(both('call bpf_ktime_get_ns\nexit\n', { host: { clock } }).results).toEqual(['0x48c27395001']);
  });

  test('that do not exist stop the run', () => {
    const { results } = both('r0 = 0\ncall 9999\nexit\n');
    expect(results[0]).toMatch(/^1: .* cannot be called here$/);
  });

  test('with a map that depends on the way', () => {
    const text = `
      r6 = *(u32 *)(r1 + 0)
      *(u32 *)(r10 - 4) = 1
      r1 = map[m0]
      if r6 == 0 goto +2
      r1 = map[m1]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto +1
      r0 = *(u32 *)(r0 + 0)
      exit
    `;
    const maps = [
      { kind: 'array', keySize: 4, valueSize: 4, maxEntries: 3, flags: 0 },
      { kind: 'hash', keySize: 4, valueSize: 4, maxEntries: 3, flags: 0 },
    ];
    const entries = [
      { map: 0, key: u32(1), value: u32(11) },
      { map: 1, key: u32(1), value: u32(22) },
    ];
    expect(both(text, { maps, entries, context: u32(0) }).results).toEqual(['0xb']);
    expect(both(text, { maps, entries, context: u32(1) }).results).toEqual(['0x16']);
  });

  test('that fill a map make the memory grow', () => {
    const text = `
      r6 = 0
      *(u32 *)(r10 - 4) = r6
      r1 = map[m0]
      r2 = r10
      r2 += -4
      r3 = r10
      r3 += -128
      *(u64 *)(r10 - 128) = r6
      r4 = 0
      call bpf_map_update_elem
      if r0 != 0 goto +2
      r6 += 1
      goto -13
      r0 = r6
      exit
    `;
    const machine = new Machine();
    const map = machine.createMap({ kind: 'hash', keySize: 4, valueSize: 120, maxEntries: 30_000, flags: 0 });
    const before = machine.memory.length;
    const program = machine.load({ kind: 'xdp', instructions: code(text) });
    const context = machine.memory.allocate(8, { kind: 'context' });
    expect(new Jit(machine).program(program).run(context)).toBe(30_000n);
    expect(machine.memory.length).toBeGreaterThan(before);
    let count = 0;
    for (const [key, value] of map.entries()) {
      count++;
      expect(value.slice(0, 4)).toEqual(key);
    }
    expect(count).toBe(30_000);
  });

  test('maps in maps', () => {
    const text = `
      *(u32 *)(r10 - 4) = 2
      r1 = map[m1]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto +6
      r1 = r0
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto +1
      r0 = *(u32 *)(r0 + 0)
      exit
    `;
    const inner = { kind: 'array', keySize: 4, valueSize: 4, maxEntries: 3, flags: 0 };
    const maps = [inner, { kind: 'array_of_maps', keySize: 4, valueSize: 4, maxEntries: 3, flags: 0, inner: 0 }];
    const entries = [
      { map: 0, key: u32(2), value: u32(33) },
      { map: 1, key: u32(2), value: u32(0) },
    ];
    expect(both(text, { maps, entries }).results).toEqual(['0x21']);
    expect(both(text, { maps, entries: entries.slice(0, 1) }).results).toEqual(['0x0']);
  });

  test('the reader of a ring buffer is woken as by the interpreter', () => {
    const maps = [{ kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 }];
    const output = (flags: number): string =>
      `r1 = map[m0]\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = ${flags}\ncall bpf_ringbuf_output\n`;
    const text = `*(u64 *)(r10 - 8) = 1\n${output(0)}${output(0)}${output(1)}${output(2)}${output(4)}exit\n`;
    expect(both(text, { maps }).woken).toBe(2);
  });

  test('a full ring buffer gives nothing', () => {
    const maps = [{ kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 }];
    const text = `
      r6 = 0
      r1 = map[m0]
      r2 = 1016
      r3 = 0
      call bpf_ringbuf_reserve
      if r0 == 0 goto +5
      r6 += 1
      r1 = r0
      r2 = 1
      call bpf_ringbuf_submit
      goto -11
      r0 = r6
      exit
    `;
    expect(both(text, { maps }).results).toEqual(['0x3']);
  });
});

describe('packet loads', () => {
  const packet = Uint8Array.from({ length: 40 }, (_, index) => index + 1);
  const load = (text: string): bigint[] =>
    [undefined, jitRunner].map((runner) => {
      const machine = new Machine();
      const program = machine.load({
        kind: 'socket_filter',
        instructions: code(`r6 = r1\nr7 = 3\n${text}\nr0 += 0\nexit\n`),
      });
      return runOnce(machine, program, { data: packet, ...(runner && { runner }) }).result;
    });

  test.each([
    'r0 = *(u8 *)skb[0]',
    'r0 = *(u16 *)skb[1]',
    'r0 = *(u32 *)skb[2]',
    'r0 = *(u32 *)skb[r7 + 4]',
    'r0 = *(u8 *)skb[39]',
    'r0 = *(u32 *)skb[22]',
    'r0 = *(u32 *)skb[26]',
    'r0 = *(u32 *)skb[1000000]',
    'r0 = *(u8 *)skb[r7 - 4]',
    'r0 = *(u16 *)skb[-1048576]',
    'r0 = *(u8 *)skb[-2097152]',
    'r0 = *(u8 *)skb[-5]',
  ])('%s', (text) => {
    const [expected, found] = load(text);
    expect(found).toBe(expected);
  });
});

describe('stops', () => {
  test('a loop whose budget is used up', () => {
    const endless = { instructions: code('r0 = 0\nr0 += 1\ngoto -2\n'), jit: { budget: 1000 } };
    expect(compiled(endless).results).toEqual(['1: the budget of the run is used up']);
  });

  test('budgets are those of one run', () => {
    const text = 'r0 = 0\nr0 += 1\nif r0 != 100 goto -2\nexit\n';
    expect(both(text, { jit: { budget: 100 }, runs: 3 }).results).toEqual(['0x64', '0x64', '0x64']);
  });

  test('functions share the budget', () => {
    const text = `
      r6 = 0
      call inner
      r6 += 1
      if r6 != 10 goto -3
      r0 = 0
      exit
    inner:
      r0 = 0
      r0 += 1
      if r0 != 9 goto -2
      exit
    `;
    const setup = { instructions: code(text) };
    expect(compiled({ ...setup, jit: { budget: 100 } }).results).toEqual(['0x0']);
    expect(compiled({ ...setup, jit: { budget: 99 } }).results[0]).toMatch(/budget/);
  });

  test('may_goto ends by itself', () => {
    const text = 'r0 = 0\nmay_goto +2\nr0 += 1\ngoto -3\nexit\n';
    expect(compiled({ instructions: code(text) }).results).toEqual(['0x800000']);
  });

  test('an access beyond the memory names its instruction', () => {
    const setup = { instructions: code('r0 = 0\nr2 = 0x70000000 ll\nr0 = *(u64 *)(r2 + 0)\nexit\n') };
    expect(interpret(setup).results[0]).toMatch(/^3: /);
    expect(compiled(setup).results).toEqual(['3: access beyond the end of the memory']);
  });

  test('in a function names its instruction', () => {
    const setup = { instructions: code('call inner\nexit\ninner:\nr2 = 0x70000000 ll\n*(u64 *)(r2 + 8) = 1\nexit\n') };
    expect(compiled(setup).results).toEqual(['4: access beyond the end of the memory']);
  });

  test('a write of the frame pointer', () => {
    expect(both('r10 = 5\nexit\n').results).toEqual(['0: r10 cannot be written']);
  });

  test('an access in a batch names its instruction', () => {
    const machine = new Machine();
    const loaded = machine.load({
      kind: 'xdp',
      instructions: code('r2 = 0x70000000 ll\nr0 = *(u8 *)(r2 + 0)\nexit\n'),
    });
    const context = machine.memory.allocate(8, { kind: 'context' });
    expect(() => new Jit(machine).program(loaded).runBatch(context, 3, 0)).toThrow('at instruction 2: access beyond');
  });

  test('a program that ran over its end', () => {
    expect(both('r0 = 0\nif r0 == 0 goto +1\nexit\n').results[0]).toMatch(/ran over its end/);
  });
});

describe('checked runs', () => {
  test.each([
    ['the null page', 'r2 = 8\nr0 = *(u64 *)(r2 + 0)\nexit\n'],
    ['the machine itself', 'r2 = 4100\n*(u32 *)(r2 + 0) = 5\nexit\n'],
    ['beyond the context', 'r0 = *(u64 *)(r1 + 60)\nexit\n'],
    ['an address of 64 bits', 'r2 = 0x100000000 ll\nr0 = *(u8 *)(r2 + 0)\nexit\n'],
    ['an atomic operation', 'r2 = 1\nlock *(u64 *)(r1 + 64) += r2\nexit\n'],
  ])('find %s', (_name, text) => {
    const setup = { instructions: code(text), jit: { checked: true } };
    const [expected, found] = [interpret(setup), compiled(setup)];
    expect(found.results[0]).toMatch(/^\d+: /);
    expect(found.results[0]!.split(':')[0]).toBe(expected.results[0]!.split(':')[0]);
  });

  test('check what helpers are given', () => {
    const maps = [{ kind: 'array', keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 }];
    const text = 'r2 = r1\nr2 += 62\nr1 = map[m0]\ncall bpf_map_lookup_elem\nexit\n';
    expect(both(text, { maps, jit: { checked: true } }).results[0]).toMatch(/^4: .*out of bounds/);
  });
});

test('a pointer to a task is followed by programs of any kind', () => {
  const memory = {
    read: (_space: string, _address: bigint, into: Uint8Array): boolean => {
      into.fill(7);
      return true;
    },
  };
  const event = { task: { pid: 1, tid: 1, uid: 0, gid: 0, comm: 'x', address: 0xffff888000000000n }, memory };
  const text = 'call bpf_get_current_task_btf\nr0 = *(u16 *)(r0 + 8)\nexit\n';
  expect(both(text, { event, kind: 'kprobe' }).results).toEqual(['0x707']);
});

test("reads outside of the memory are the event's", () => {
  const memory = {
    read: (_space: string, address: bigint, into: Uint8Array): boolean => {
      if (address < 0xffff_0000_0000_0000n) return false;
      into.fill(Number(address & 0xffn));
      return true;
    },
  };
  const event = { task: { pid: 1, tid: 1, uid: 0, gid: 0, comm: 'x' }, memory };
  const text = `
    r2 = 0xffff888000000041 ll
    r0 = *(u32 *)(r2 + 1)
    r3 = *(s8 *)(r2 + 0x50)
    r0 += r3
    r2 = 0
    r3 = *(u64 *)(r2 + 16)
    r0 += r3
    r3 = *(u8 *)(r1 + 2)
    r0 += r3
    exit
  `;
  const setup = { event, kind: 'tracing', context: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  expect(both(text, setup).results).toEqual([`0x${(0x42424242n + BigInt.asIntN(8, 0x91n) + 3n).toString(16)}`]);
});

describe('batches', () => {
  test('give what single runs give', () => {
    const text = 'r0 = *(u32 *)(r1 + 0)\nr0 *= 3\nr2 = *(u32 *)(r1 + 4)\nif r2 == 0 goto +1\nr0 = 0\nexit\n';
    const machine = new Machine();
    const program = new Jit(machine).program(machine.load({ kind: 'xdp', instructions: code(text) }));
    const { memory } = machine;
    const contexts = memory.allocate(80, { kind: 'context' });
    const results = memory.allocate(40, { kind: 'memory' });
    for (let index = 0; index < 10; index++) {
      memory.setU32(contexts + 8 * index, index + 1);
      memory.setU32(contexts + 8 * index + 4, index % 3 === 0 ? 1 : 0);
    }
    expect(program.runBatch(contexts, 10, 8, results)).toBe(6);
    for (let index = 0; index < 10; index++) {
      expect(memory.getU32(results + 4 * index)).toBe(program.run32(contexts + 8 * index));
    }
    expect(program.runBatch(contexts, 0, 8)).toBe(0);
  });

  test('of programs with tail calls count each run anew', () => {
    const machine = new Machine();
    machine.createMap({ kind: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 4, flags: 0 });
    const loaded = machine.load({ kind: 'xdp', instructions: code(jumping(0, 5)) });
    machine.map(0).write(u32(0), u32(0));
    const context = machine.memory.allocate(8, { kind: 'context' });
    expect(new Jit(machine).program(loaded).runBatch(context, 3, 0)).toBe(3);
    expect(machine.memory.getU32(context)).toBe(3 * 34);
  });

  test('of loops are bounded', () => {
    const machine = new Machine();
    const loaded = machine.load({ kind: 'xdp', instructions: code('r0 = 0\nr0 += 1\ngoto -2\n') });
    const context = machine.memory.allocate(8, { kind: 'context' });
    expect(() => new Jit(machine, { budget: 50 }).program(loaded).runBatch(context, 3, 0)).toThrow(/budget/);
  });
});
