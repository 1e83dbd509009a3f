// Records to user space: perf buffers and ring buffers.

import { clearDynptr, DynptrKind, MAX_DYNPTR_BYTES, readDynptr, writeDynptr } from '../dynptr.ts';
import { E2BIG, EINVAL, ENOENT } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { PerfEventArray } from '../maps/object-array.ts';
import { RingBuffer } from '../maps/ringbuf.ts';
import { UserRingBuffer } from '../maps/user-ringbuf.ts';
import { AccessFault } from '../trap.ts';
import { type CallbackHelper, type CallbackIteration, type VmHelper, wide } from './helper.ts';
import { mapArgument } from './maps.ts';
import { returnU64 } from './result.ts';

// ---- perf buffers

/** BPF_F_CURRENT_CPU as index. */
const CURRENT_CPU = 0xffffffff;
/** Bits of the flags that say how much of the packet is added. */
const CONTEXT_BYTES_HIGH = 0xfffff;

function outputCall(withPacket: boolean): VmHelper['call'] {
  return (machine, _context, map, low, high, data, size) => {
    const array = mapArgument(machine, map!);
    if (!(array instanceof PerfEventArray) || (high! & ~(withPacket ? CONTEXT_BYTES_HIGH : 0)) !== 0) return -EINVAL;
    const index = low! >>> 0 === CURRENT_CPU ? machine.cpu : low! >>> 0;
    if (index >= array.spec.maxEntries) return -E2BIG;
    if (!array.isOpen(index)) return -ENOENT;
    const bytes = machine.memory.read(data!, size! >>> 0);
    const packet = machine.packet?.bytes().subarray(0, high! & CONTEXT_BYTES_HIGH) ?? new Uint8Array();
    if (packet.length < (high! & CONTEXT_BYTES_HIGH)) return -14;
    const record = new Uint8Array(bytes.length + packet.length);
    record.set(bytes);
    record.set(packet, bytes.length);
    machine.host.perfOutput(array.index, index, record);
    return 0;
  };
}

const PACKET_KINDS: ReadonlySet<string> = new Set([
  'xdp',
  'sched_cls',
  'sched_act',
  'socket_filter',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
]);

export const perfEventOutput: VmHelper = {
  name: 'perf_event_output',
  note: '-ENOENT where user space has put no buffer into the map.',
  parameters: ['i64', 'pointer', 'i64', 'pointer', 'i32'],
  result: 'i32',
  call: (machine, context, _contextHigh, map, low, high, data, size) =>
    outputCall(PACKET_KINDS.has(machine.program?.kind ?? ''))(machine, context!, map!, low!, high!, data!, size!),
};

export const skbOutput: VmHelper = { ...perfEventOutput, name: 'skb_output' };
export const xdpOutput: VmHelper = { ...perfEventOutput, name: 'xdp_output' };

function counter(name: VmHelper['name'], parameters: VmHelper['parameters']): VmHelper {
  return { name, note: '-ENOENT: there are no hardware counters.', parameters, result: 'i32', call: () => -ENOENT };
}

export const perfEventRead = counter('perf_event_read', ['pointer', 'i64']);
export const perfEventReadValue = counter('perf_event_read_value', ['pointer', 'i64', 'pointer', 'i32']);
export const perfProgReadValue = counter('perf_prog_read_value', ['pointer', 'pointer', 'i32']);
export const readBranchRecords = counter('read_branch_records', ['pointer', 'pointer', 'i32', 'i64']);
export const getBranchSnapshot = counter('get_branch_snapshot', ['pointer', 'i32']);

// ---- ring buffers

function ringArgument(machine: Machine, address: number): RingBuffer {
  const map = mapArgument(machine, address);
  if (map instanceof RingBuffer) return map;
  throw new AccessFault(`map ${map.name} is no ring buffer`);
}

/** The ring that a record's payload lies in. */
function ringOf(machine: Machine, payload: number): RingBuffer {
  for (const map of machine.maps) if (map instanceof RingBuffer && map.holds(payload)) return map;
  throw new AccessFault(`no record of a ring buffer is at 0x${(payload >>> 0).toString(16)}`);
}

export const ringbufReserve: VmHelper = {
  name: 'ringbuf_reserve',
  parameters: ['pointer', 'i64', 'i64'],
  result: 'pointer',
  call: (machine, map, size, sizeHigh, flags, flagsHigh) => {
    const ring = ringArgument(machine, map!);
    if (flags !== 0 || flagsHigh !== 0 || sizeHigh !== 0) return 0;
    return ring.reserve(size! >>> 0);
  },
};

function end(name: VmHelper['name'], discard: boolean): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i32'],
    result: 'i32',
    call: (machine, payload, flags) => {
      ringOf(machine, payload).commit(payload, flags, discard);
      return 0;
    },
  };
}

export const ringbufSubmit = end('ringbuf_submit', false);
export const ringbufDiscard = end('ringbuf_discard', true);

export const ringbufOutput: VmHelper = {
  name: 'ringbuf_output',
  parameters: ['pointer', 'pointer', 'i64', 'i64'],
  result: 'i32',
  call: (machine, map, data, size, _sizeHigh, flags, flagsHigh) =>
    ringArgument(machine, map!).output(data!, size! >>> 0, flagsHigh === 0 ? flags! : -1),
};

export const ringbufQuery: VmHelper = {
  name: 'ringbuf_query',
  parameters: ['pointer', 'i64'],
  result: 'i64',
  call: (machine, map, what, high) =>
    returnU64(machine, BigInt(ringArgument(machine, map!).query(high === 0 ? what! : -1))),
};

/** On failure the dynptr is null and must still be submitted or discarded. */
export const ringbufReserveDynptr: VmHelper = {
  name: 'ringbuf_reserve_dynptr',
  parameters: ['pointer', 'i32', 'i64', 'pointer'],
  result: 'i32',
  call: (machine, map, size, flags, flagsHigh, at) => {
    const { memory } = machine;
    clearDynptr(memory, at!);
    if (flags !== 0 || flagsHigh !== 0) return -EINVAL;
    if (size! >>> 0 > MAX_DYNPTR_BYTES) return -E2BIG;
    const address = ringArgument(machine, map!).reserve(size! >>> 0);
    if (address === 0) return -EINVAL;
    writeDynptr(memory, at!, { address, kind: DynptrKind.RINGBUF, size: size! >>> 0, readOnly: false });
    return 0;
  },
};

function endDynptr(name: VmHelper['name'], discard: boolean): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i32'],
    result: 'i32',
    call: (machine, at, flags) => {
      const { address, kind } = readDynptr(machine.memory, at);
      if (kind === DynptrKind.NULL) return 0;
      ringOf(machine, address).commit(address, flags, discard);
      clearDynptr(machine.memory, at);
      return 0;
    },
  };
}

export const ringbufSubmitDynptr = endDynptr('ringbuf_submit_dynptr', false);
export const ringbufDiscardDynptr = endDynptr('ringbuf_discard_dynptr', true);

// ---- records from user space

/** Calls callback(record, context) for each record until it returns 1; r0 is how many there were. */
export const userRingbufDrain: CallbackHelper = {
  name: 'user_ringbuf_drain',
  parameters: ['pointer', 'i64', 'i64', 'i64'],
  callback: 1,
  begin: (machine, address, _callback, _callbackHigh, contextLow, contextHigh, flags, flagsHigh) => {
    const ring = mapArgument(machine, address!);
    if (!(ring instanceof UserRingBuffer) || flagsHigh !== 0 || (flags! & ~3) !== 0) return -EINVAL;
    return new Drain(machine, ring, wide(contextLow!, contextHigh!));
  },
};

/** BPF_MAX_USER_RINGBUF_SAMPLES. */
const MAX_SAMPLES = 128 * 1024;
const DYNPTR_BYTES = 16;

class Drain implements CallbackIteration {
  readonly #machine: Machine;
  readonly #ring: UserRingBuffer;
  readonly #context: bigint;
  #record = 0;
  #count = 0;

  constructor(machine: Machine, ring: UserRingBuffer, context: bigint) {
    this.#machine = machine;
    this.#ring = ring;
    this.#context = context;
  }

  next(result: bigint | undefined): readonly bigint[] | number {
    const { memory } = this.#machine;
    if (this.#record !== 0) memory.free(this.#record);
    this.#record = 0;
    if ((result !== undefined && result !== 0n) || this.#count === MAX_SAMPLES) return this.#count;
    const record = this.#ring.consume();
    if (!record) return this.#count;
    this.#count++;
    this.#record = memory.allocate(DYNPTR_BYTES + record.length, {
      kind: 'memory',
      writable: false,
      name: 'a record of user space',
    });
    const address = this.#record + DYNPTR_BYTES;
    memory.write(address, record);
    writeDynptr(memory, this.#record, { address, kind: DynptrKind.LOCAL, size: record.length, readOnly: true });
    return [BigInt(this.#record), this.#context];
  }
}
