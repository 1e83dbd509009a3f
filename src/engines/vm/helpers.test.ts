// Helpers whose work the comparison with the kernel does not show: what goes to the host, comes from the event, or runs later.

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../base/diagnostic.ts';
import { assemble, helpers, helpersOfProgram, type Instruction, programKinds } from '../../isa/index.ts';
import type { EventInfo } from './event.ts';
import { helperOf, vmHelpers } from './helpers/index.ts';
import type { Host } from './host.ts';
import { Machine } from './machine.ts';
import type { MapSpec, VmMap } from './maps/map.ts';
import type { StackTraceMap } from './maps/stack-trace.ts';
import type { UserRingBuffer } from './maps/user-ringbuf.ts';
import { runDueTimers, runOnce } from './run.ts';

interface Setup {
  readonly maps?: readonly MapSpec[];
  readonly host?: Partial<Host>;
  readonly event?: EventInfo;
  readonly kind?: string;
  readonly data?: Uint8Array;
}

function assembled(text: string): readonly Instruction[] {
  const diagnostics = new Diagnostics();
  const { instructions } = assemble({ name: 'test', text }, diagnostics);
  expect(diagnostics.list.map(({ message }) => message)).toEqual([]);
  return instructions;
}

function run(
  text: string,
  setup: Setup = {},
): { readonly r0: bigint; readonly machine: Machine; readonly maps: VmMap[] } {
  const machine = new Machine({ ...(setup.host && { host: setup.host }), cpus: 2 });
  const maps = (setup.maps ?? []).map((spec) => machine.createMap(spec));
  if (setup.event) machine.event = setup.event;
  return { r0: again(machine, text, setup), machine, maps };
}

function again(machine: Machine, text: string, setup: Setup = {}): bigint {
  const program = machine.load({ kind: setup.kind ?? 'kprobe', instructions: assembled(`${text}\nexit`) });
  return runOnce(machine, program, { checked: true, ...(setup.data && { data: setup.data }) }).result;
}

const s64 = (value: bigint): number => Number(BigInt.asIntN(64, value));
const task = {
  pid: 10,
  tid: 11,
  uid: 1,
  gid: 2,
  comm: 'a name that is too long',
  cgroupId: 77n,
  address: 0xffff800000001000n,
};
const array: MapSpec = { kind: 'array', keySize: 4, valueSize: 64, maxEntries: 1, flags: 0 };

describe('the table', () => {
  test('every helper of tracing and networking programs is there', () => {
    const missing = new Set<string>();
    for (const kind of [
      'kprobe',
      'tracepoint',
      'perf_event',
      'raw_tracepoint',
      'tracing',
      'socket_filter',
      'xdp',
      'sched_cls',
      'cgroup_skb',
    ] as const) {
      for (const id of helpersOfProgram(kind) ?? []) if (id !== 12 && !helperOf(id)) missing.add(helpers[id - 1]!.name);
    }
    expect([...missing]).toEqual([]);
    expect(programKinds.length).toBeGreaterThan(20);
  });

  test('parameters are those of the prototypes', () => {
    // bpf_trace_printk takes up to three values that its prototype does not name.
    for (const { name, parameters } of vmHelpers.filter((one) => one.name !== 'trace_printk')) {
      const { prototype, variants } = helpers.find((one) => one.name === name)!;
      const most = Math.max(prototype.args.length, ...Object.values(variants).map(({ args }) => args.length));
      expect(parameters.length, name).toBeLessThanOrEqual(most);
    }
  });
});

describe('the event', () => {
  test('current task', () => {
    const event = { task };
    expect(run('call 14', { event }).r0).toBe((10n << 32n) | 11n);
    expect(run('call 15', { event }).r0).toBe((2n << 32n) | 1n);
    expect(run('call 80', { event }).r0).toBe(77n);
    expect(run('call 35', { event }).r0).toBe(0xffff800000001000n);
    const comm = run('r1 = r10\nr1 += -16\nr2 = 16\ncall 16\nr0 = *(u64 *)(r10 -8)', { event });
    expect(comm.r0 >> 56n).toBe(0n);
  });

  test('memory of the traced system', () => {
    const memory = {
      read(space: string, address: bigint, into: Uint8Array): boolean {
        const offset = Number(address - 0x400000n);
        const bytes = Buffer.from('hello\0');
        if (space !== 'user' || offset < 0 || offset + into.length > bytes.length) return false;
        into.set(bytes.subarray(offset, offset + into.length));
        return true;
      },
    };
    const event = { task, memory };
    const read = (helper: number, size: number, address: string) =>
      s64(
        run(`*(u64 *)(r10 -8) = -1\nr1 = r10\nr1 += -8\nr2 = ${size}\nr3 = ${address}\ncall ${helper}`, { event }).r0,
      );
    expect(read(112, 4, '0x400000')).toBe(0);
    expect(read(112, 8, '0x400000')).toBe(-14);
    // -ERANGE where no kernel address can be.
    expect(read(113, 4, '0x400000')).toBe(-34);
    expect(read(113, 0, '0x400000')).toBe(-34);
    expect(read(115, 4, '0x8000000000000000 ll')).toBe(-34);
    expect(read(4, 4, '0x8000000000000000 ll')).toBe(-34);
    expect(read(4, 4, '0x500000')).toBe(-14);
    expect(read(113, 4, '0xffffff0000000000 ll')).toBe(-14);
    expect(read(114, 8, '0x400000')).toBe(6);
    expect(read(114, 4, '0x400000')).toBe(4);
    expect(read(114, 8, '0x400003')).toBe(3);
    expect(read(114, 8, '0x500000')).toBe(-14);
    expect(read(113, 8, 'r10\nr3 += -16')).toBe(0);
  });

  test('stacks', () => {
    const event = { task, kernelStack: [1n, 2n, 3n], userStack: [] };
    const get = (flags: number, size = 32) =>
      s64(run(`r6 = r1\nr2 = r10\nr2 += -32\nr3 = ${size}\nr4 = ${flags}\ncall 67`, { event }).r0);
    expect(get(0)).toBe(24);
    expect(get(1)).toBe(16);
    expect(get(0, 16)).toBe(16);
    expect(get(256)).toBe(-14);
    expect(get(4)).toBe(-14);
    expect(get(1 << 12)).toBe(-22);
    expect(get(0, 12)).toBe(-22);
    const { r0, maps } = run('r2 = map[fd:0]\nr3 = 1\ncall 27', {
      event,
      maps: [{ kind: 'stack_trace', keySize: 4, valueSize: 32, maxEntries: 8, flags: 0 }],
    });
    const value = (maps[0] as StackTraceMap).read(new Uint8Array(Uint32Array.of(Number(r0)).buffer)) as Uint8Array;
    expect([...new BigUint64Array(value.buffer)]).toEqual([2n, 3n, 0n, 0n]);
  });
});

describe('the host', () => {
  test('gets lines, signals and results', () => {
    const seen: unknown[] = [];
    const host: Partial<Host> = {
      trace: (text) => seen.push(text),
      signal: (signal, target) => {
        seen.push([signal, target]);
        return -3;
      },
      overrideReturn: (value) => seen.push(value),
    };
    // "n=%d\n"
    const format = '*(u32 *)(r10 -8) = 0x64253d6e\n*(u32 *)(r10 -4) = 10\nr1 = r10\nr1 += -8\nr2 = 6\nr3 = 42\ncall 6';
    expect(run(format, { host }).r0).toBe(5n);
    expect(s64(run('r1 = 9\ncall 109', { host }).r0)).toBe(-3);
    expect(s64(run('r1 = 99\ncall 109', { host }).r0)).toBe(-22);
    run('r2 = -5\ncall 58', { host });
    expect(seen).toEqual(['n=42\n', [9, 'process'], 0xfffffffffffffffbn]);
  });

  test('gets records of perf buffers that are open', () => {
    const seen: unknown[] = [];
    const host: Partial<Host> = { perfOutput: (map, cpu, data) => seen.push([map, cpu, [...data]]) };
    const maps: MapSpec[] = [{ kind: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: 2, flags: 0 }];
    const output = '*(u64 *)(r10 -8) = 5\nr2 = map[fd:0]\nr3 = 0xffffffff ll\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25';
    const { r0, machine, maps: made } = run(output, { host, maps });
    expect(s64(r0)).toBe(-2);
    expect(made[0]!.write(new Uint8Array(4), new Uint8Array(4))).toBe(0);
    expect(again(machine, output)).toBe(0n);
    expect(s64(again(machine, output.replace('0xffffffff', '7')))).toBe(-7);
    expect(seen).toEqual([[0, 0, [5, 0, 0, 0, 0, 0, 0, 0]]]);
  });
});

describe('dynamic pointers', () => {
  const make = 'r1 = map[fd:0][0]+0\nr2 = 32\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197\nr6 = r0';

  test('read, write and slices stay inside', () => {
    const maps = [array];
    const write = (offset: number) =>
      s64(
        run(
          `${make}\n*(u64 *)(r10 -24) = 99\nr1 = r10\nr1 += -16\nr2 = ${offset}\nr3 = r10\nr3 += -24\nr4 = 8\nr5 = 0\ncall 202`,
          { maps },
        ).r0,
      );
    expect([write(0), write(24), write(25)]).toEqual([0, 0, -7]);
    const slice = (offset: number, size: number) =>
      run(`${make}\nr1 = r10\nr1 += -16\nr2 = ${offset}\nr3 = ${size}\ncall 203\nif r0 == 0 goto +1\nr0 = 1`, { maps })
        .r0;
    expect([slice(0, 32), slice(1, 32), slice(32, 0)]).toEqual([1n, 0n, 1n]);
  });

  test('a record of the ring buffer', () => {
    const maps: MapSpec[] = [{ kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 }];
    const reserve = (size: number) => `r1 = map[fd:0]\nr2 = ${size}\nr3 = 0\nr4 = r10\nr4 += -16\ncall 198\nr6 = r0`;
    const submit = 'r1 = r10\nr1 += -16\nr2 = 0\ncall 199\nr0 = r6';
    expect(run(`${reserve(100)}\n${submit}`, { maps }).r0).toBe(0n);
    expect(s64(run(`${reserve(5000)}\n${submit}`, { maps }).r0)).toBe(-22);
  });
});

describe('callbacks', () => {
  test('for_each_map_elem visits every element until it is told to stop', () => {
    const maps: MapSpec[] = [{ ...array, valueSize: 8, maxEntries: 5 }];
    const walk = (callback: string) =>
      run(
        `*(u64 *)(r10 -8) = 0\nr1 = map[fd:0]\nr2 = subprog[+6]\nr3 = r10\nr3 += -8\nr4 = 0\ncall 164\nexit\n${callback}`,
        { maps },
      ).r0;
    expect(walk('r0 = 0')).toBe(5n);
    expect(walk('r0 = *(u32 *)(r2 +0)\nr0 >>= 1')).toBe(3n);
  });

  test('records of user space are drained', () => {
    const machine = new Machine();
    const ring = machine.createMap({ kind: 'user_ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 });
    for (const byte of [1, 2, 3]) (ring as UserRingBuffer).produce(Uint8Array.of(byte, 0, 0, 0, 0, 0, 0, 0));
    // The callback adds the record's first eight bytes to *context.
    const callback =
      'r6 = r2\nr3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr4 = 0\nr5 = 0\ncall 201\nr1 = *(u64 *)(r10 -8)\nr2 = *(u64 *)(r6 +0)\nr2 += r1\n*(u64 *)(r6 +0) = r2\nr0 = 0';
    const text = `*(u64 *)(r10 -8) = 0\nr1 = map[fd:0]\nr2 = subprog[+10]\nr3 = r10\nr3 += -8\nr4 = 0\ncall 209\nr0 *= 100\nr1 = *(u64 *)(r10 -8)\nr0 += r1\nexit\n${callback}`;
    expect(again(machine, text.replace('subprog[+10]', 'subprog[+9]'))).toBe(306n);
  });

  test('a timer calls back with its map, key and value', () => {
    let now = 1000n;
    const clock = { monotonic: () => now, boot: () => now, tai: () => now };
    const maps: MapSpec[] = [{ ...array, valueSize: 32, maxEntries: 3 }];
    const text = [
      '*(u32 *)(r10 -4) = 2\nr2 = r10\nr2 += -4\nr1 = map[fd:0]\ncall 1\nr6 = r0',
      'r1 = r6\nr1 += 16\nr2 = map[fd:0]\nr3 = 1\ncall 169',
      'r1 = r6\nr1 += 16\nr2 = subprog[+8]\ncall 170',
      'r1 = r6\nr1 += 16\nr2 = 500\nr3 = 0\ncall 171\nexit',
      'r2 = *(u32 *)(r2 +0)\n*(u64 *)(r3 +0) = r2\nr0 = 0',
    ].join('\n');
    const { r0, machine, maps: made } = run(text, { maps, host: { clock } });
    expect(r0).toBe(0n);
    expect(runDueTimers(machine)).toBe(0);
    now = 1500n;
    expect(runDueTimers(machine, { checked: true })).toBe(1);
    expect(runDueTimers(machine)).toBe(0);
    expect((made[0]!.read(Uint8Array.of(2, 0, 0, 0)) as Uint8Array)[0]).toBe(2);
  });
});

describe('storage of objects', () => {
  test('is made when it is wanted, and forgotten', () => {
    const maps: MapSpec[] = [{ kind: 'task_storage', keySize: 4, valueSize: 8, maxEntries: 0, flags: 1 }];
    const get = (flags: number) => `call 158\nr2 = r0\nr1 = map[fd:0]\nr3 = 0\nr4 = ${flags}\ncall 156`;
    const setup = { maps, event: { task } };
    const { r0, machine } = run(get(0), setup);
    expect(r0).toBe(0n);
    expect(again(machine, `${get(1)}\n*(u64 *)(r0 +0) = 7\nr0 = 1`)).toBe(1n);
    expect(again(machine, `${get(0)}\nr0 = *(u64 *)(r0 +0)`)).toBe(7n);
    const remove = 'call 158\nr2 = r0\nr1 = map[fd:0]\ncall 157';
    expect(again(machine, remove)).toBe(0n);
    expect(s64(again(machine, remove))).toBe(-2);
  });
});
