// An Image in a machine: its programs run when its source has an event, when a timer ends, or when the session says so.

import { TraceError } from '../../../base/error.ts';
import type { AttachPoint, Counter, Image, MapSnapshot, Rate, RecordHandler } from '../../../image/index.ts';
import { COUNTER_BYTES, COUNTERS, withCache, withKeys } from '../../../image/index.ts';
import type { AttachFailure, LoadedImage } from '../../engine.ts';
import { prepareContext } from '../contexts/context.ts';
import type { PreparedContext } from '../contexts/prepared.ts';
import { type EventInfo, NO_MEMORY } from '../event.ts';
import type { Machine } from '../machine.ts';
import type { VmMap } from '../maps/map.ts';
import { RingBuffer } from '../maps/ringbuf.ts';
import type { LoadedProgram } from '../program.ts';
import { type Runner, runDueTimers } from '../run.ts';
import type { EventSource, SourceEvent } from '../source.ts';
import { Trap } from '../trap.ts';
import { clearMap, snapshotOf, zeroCached, zeroMap } from './maps.ts';
import { prepareSyscall, syscallRecord } from './syscall.ts';
import type { CurrentTaskMemory } from './task.ts';
import type { Waiter } from './waiter.ts';

export interface LoadedParts {
  readonly image: Image;
  readonly machine: Machine;
  readonly maps: readonly VmMap[];
  /** In the order of the Image's. */
  readonly programs: readonly LoadedProgram[];
  readonly source: EventSource;
  readonly runner: Runner;
  /** What the session's own probes and timers run as. */
  readonly self: EventInfo;
  readonly checked: boolean;
  readonly waiter: Waiter;
  readonly syscallNumber: (name: string) => number | undefined;
  /** The task that programs see as the current one, when they look into it. */
  readonly task: CurrentTaskMemory | undefined;
  /** Pieces that iterators wrote. */
  readonly written: Uint8Array[];
}

/** Attach points that are not tied to events but run when the session says so. */
const RUN_BY_SESSION: ReadonlySet<AttachPoint['kind']> = new Set<AttachPoint['kind']>([
  'begin',
  'end',
  'signal',
  'test',
]);

interface Attached {
  readonly program: number;
  readonly attach: AttachPoint;
}

export class LoadedVmImage implements LoadedImage {
  readonly #parts: LoadedParts;
  readonly #ring: RingBuffer | undefined;
  readonly #iterators: Attached[] = [];
  #detachers: (() => void)[] = [];
  #attachedCount: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(parts: LoadedParts) {
    this.#parts = parts;
    this.#ring = parts.maps.find((map): map is RingBuffer => map instanceof RingBuffer);
    this.#attachedCount = this.#points((attach) => RUN_BY_SESSION.has(attach.kind)).length;
  }

  // ---- running

  run(kind: 'begin' | 'end'): void {
    for (const point of this.#points((attach) => attach.kind === kind)) this.#fire(point, {});
  }

  runSignal(signal: string): void {
    for (const point of this.#points((attach) => attach.kind === 'signal' && attach.signal === signal))
      this.#fire(point, {});
  }

  attach(): AttachFailure[] {
    const failures: AttachFailure[] = [];
    for (const point of this.#points((attach) => !RUN_BY_SESSION.has(attach.kind))) {
      try {
        this.#attachOne(point);
        this.#attachedCount++;
      } catch (error) {
        if (!(error instanceof TraceError)) throw error;
        failures.push({ ...point, message: error.message, hints: error.hints });
      }
    }
    return failures;
  }

  get attachedCount(): number {
    return this.#attachedCount;
  }

  detach(): void {
    const detachers = this.#detachers;
    this.#detachers = [];
    this.#attachedCount = 0;
    for (const detach of detachers) detach();
  }

  *iterate(): Generator<Uint8Array> {
    for (const point of this.#iterators) {
      this.#fire(point, {});
      yield* this.#parts.written.splice(0);
    }
  }

  // ---- what programs made

  drain(handler: RecordHandler, limit?: number): number {
    const { memory } = this.#parts.machine;
    return this.#ring?.drain((address, length) => handler(memory.views, address, length), limit) ?? 0;
  }

  async wait(milliseconds: number): Promise<void> {
    if (this.#closed) return;
    await this.#parts.waiter.wait(milliseconds);
  }

  wake(): void {
    this.#parts.waiter.wake();
  }

  readMap(map: number): MapSnapshot {
    const entries = snapshotOf(this.#map(map));
    const keys = this.#besides(map, 'keys');
    if (keys) return withKeys(entries, snapshotOf(keys));
    const cache = this.#besides(map, 'cache');
    return cache ? withCache(this.#parts.image.maps[map]!, entries, snapshotOf(cache)) : entries;
  }

  clearMap(map: number): void {
    for (const one of [this.#besides(map, 'keys'), this.#map(map), this.#besides(map, 'cache')]) if (one) clearMap(one);
  }

  zeroMap(map: number): void {
    zeroMap(this.#map(map));
    const cache = this.#besides(map, 'cache');
    if (cache) zeroCached(this.#parts.image.maps[map]!, cache);
  }

  updateMap(map: number, key: Uint8Array, value: Uint8Array): void {
    const result = this.#map(map).write(key, value);
    if (result < 0)
      throw new TraceError('ERR_MAP', `the map ${this.#map(map).name} does not take the value (${result})`);
  }

  counters(): Record<Counter, bigint>[] {
    const { image, maps } = this.#parts;
    const frame = maps[image.maps.findIndex(({ role }) => role.kind === 'frame')];
    return image.programs.map((program) => sumCounters(frame, program.counters));
  }

  close(): void {
    if (this.#closed) return;
    this.detach();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.wake();
  }

  // ---- attaching

  #attachOne(point: Attached): void {
    const { attach, program } = point;
    const fire = (event: SourceEvent): void => this.#fire(point, event);
    if (attach.kind === 'interval' || attach.kind === 'profile') {
      this.#every(attach.every, () => this.#onTimer(point));
    } else if (attach.kind === 'iter') {
      this.#iterators.push(point);
    } else {
      const { image, source } = this.#parts;
      if (attach.kind === 'syscalls') this.#fillDispatch(attach);
      const name = image.probes[attach.probe]!;
      this.#detachers.push(source.attach(attach, name, image.programs[program]!, fire));
    }
  }

  /** The program goes on only for the system calls that stand in its table. */
  #fillDispatch({ syscalls, dispatch }: Extract<AttachPoint, { kind: 'syscalls' }>): void {
    const map = this.#map(dispatch);
    const known = syscalls.map((name) => this.#parts.syscallNumber(name));
    if (known.every((number) => number === undefined)) {
      throw new TraceError('ERR_ATTACH', `there is no system call '${syscalls[0]}'`);
    }
    for (const [index, number] of known.entries()) {
      if (number !== undefined && number < map.spec.maxEntries) map.write(u32(number), u32(index + 1));
    }
  }

  /** profile probes run on every CPU, interval probes on one. */
  #onTimer(point: Attached): void {
    const cpus = point.attach.kind === 'profile' ? this.#parts.machine.cpuCount : 1;
    for (let cpu = 0; cpu < cpus; cpu++) this.#fire(point, { cpu });
    this.wake();
  }

  #every(rate: Rate, action: () => void): void {
    const milliseconds = 'hertz' in rate ? 1000 / rate.hertz : Number(rate.nanoseconds) / 1e6;
    const timer = setInterval(action, milliseconds);
    this.#detachers.push(() => clearInterval(timer));
  }

  #points(wanted: (attach: AttachPoint) => boolean): Attached[] {
    return this.#parts.image.programs.flatMap((program, index) =>
      program.attach.filter(wanted).map((attach) => ({ program: index, attach })),
    );
  }

  // ---- running one program

  #fire({ program: index, attach }: Attached, event: SourceEvent): void {
    const { machine, programs, runner, self, checked } = this.#parts;
    if (this.#closed) return;
    const program = programs[index]!;
    const before = machine.event;
    const info = event.info ?? self;
    const address = info.task.address ?? this.#parts.task?.show(info.task);
    const current = address === undefined ? info.task : { ...info.task, address };
    machine.event = { cookie: BigInt(attach.probe), memory: NO_MEMORY, ...info, task: current };
    machine.cpu = event.cpu ?? 0;
    const prepared = this.#prepare(program, attach, event);
    try {
      runner(machine, program, prepared.address, { checked });
    } catch (error) {
      throw error instanceof Trap ? trapped(program, error) : error;
    } finally {
      prepared.close();
      machine.event = before;
    }
    this.#scheduleTimers();
  }

  #prepare(program: LoadedProgram, attach: AttachPoint, event: SourceEvent): PreparedContext {
    const { machine } = this.#parts;
    const { syscall } = event;
    if (!syscall) return prepareContext(machine, program.kind, event);
    if (attach.kind === 'syscalls') return prepareSyscall(machine, syscall);
    return prepareContext(machine, program.kind, { context: syscallRecord(syscall) });
  }

  /** Timers that programs have started end outside of any program. */
  #scheduleTimers(): void {
    const { machine } = this.#parts;
    const due = machine.timers.nextDue;
    clearTimeout(this.#timer);
    if (due === undefined || this.#closed) return;
    const milliseconds = Number(due - machine.host.clock.monotonic()) / 1e6;
    this.#timer = setTimeout(
      () => {
        runDueTimers(machine, { checked: this.#parts.checked });
        this.#scheduleTimers();
        this.wake();
      },
      Math.max(0, milliseconds),
    );
  }

  /** The cache in front of a map, or the map that has its keys. */
  #besides(map: number, kind: 'cache' | 'keys'): VmMap | undefined {
    const { image, maps } = this.#parts;
    return maps[image.maps.findIndex(({ role }) => role.kind === kind && role.of === map)];
  }

  #map(index: number): VmMap {
    const map = this.#parts.maps[index];
    if (!map) throw new Error(`bug in beetrace: there is no map ${index}`);
    return map;
  }
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function trapped(program: LoadedProgram, cause: Trap): TraceError {
  return new TraceError('ERR_VM_TRAP', `the program ${program.name} was stopped ${cause.message}`, { cause });
}

function sumCounters(frame: VmMap | undefined, index: number): Record<Counter, bigint> {
  const sums = Object.fromEntries(COUNTERS.map((name) => [name, 0n])) as Record<Counter, bigint>;
  const value = frame?.read(u32(index));
  if (!frame || value === undefined || typeof value === 'number') return sums;
  for (let cpu = 0; cpu < frame.cpus; cpu++) {
    const counters = new BigUint64Array(value.buffer, value.byteOffset + cpu * frame.stride, COUNTER_BYTES / 8);
    for (const [at, name] of COUNTERS.entries()) sums[name] += counters[at]!;
  }
  return sums;
}
