// An Image in the kernel: its maps, programs, attachments and ring. Everything is held by file descriptors alone, so the
// kernel takes all of it back when the process ends, however it ends.

import { TraceError } from '../../base/error.ts';
import type { AttachPoint, Counter, Image, MapSnapshot, RecordHandler } from '../../image/index.ts';
import { COUNTER_BYTES, COUNTERS, withCache, withKeys } from '../../image/index.ts';
import type { AttachFailure, LoadedImage, LoadOptions } from '../engine.ts';
import type { AttachContext, Attachment } from './attach/attach.ts';
import { attachPoints, inAttachOrder } from './attach/index.ts';
import { readIterator } from './attach/iter.ts';
import { zeroEntries } from './cache.ts';
import type { Instance } from './instance.ts';
import type { KernelMap } from './maps.ts';
import type { LoadedProgram } from './programs.ts';
import type { RingConsumer } from './ring.ts';
import { programTestRun } from './sys/bpf.ts';
import type { Sys } from './sys/sys.ts';
import { SyscallError } from './sys/syscall-error.ts';

/** Arguments that a raw tracepoint program may read: MAX_BPF_FUNC_ARGS, eight bytes each. */
const RAW_TRACEPOINT_CONTEXT = 12 * 8;

export interface LoadedParts {
  readonly image: Image;
  readonly options: LoadOptions;
  readonly context: AttachContext;
  readonly maps: readonly KernelMap[];
  readonly instances: readonly Instance[];
  readonly ring: RingConsumer | undefined;
  /** Other descriptors that live as long as the programs. */
  readonly descriptors: readonly number[];
}

/** Attach points that are not tied to events but run when we say so. */
const RUN_BY_US: ReadonlySet<AttachPoint['kind']> = new Set<AttachPoint['kind']>(['begin', 'end', 'signal', 'test']);

export class LoadedKernelImage implements LoadedImage {
  readonly #parts: LoadedParts;
  readonly #sys: Sys;
  #attachments: Attachment[] = [];
  #attachedCount = 0;
  #closed = false;
  /** Ends a wait of an Image without a ring, which sleeps on a timer. */
  #endSleep: (() => void) | undefined;

  constructor(parts: LoadedParts) {
    this.#parts = parts;
    this.#sys = parts.context.sys;
    this.#attachedCount = parts.instances.flatMap(({ attach }) => attach.filter(isRunByUs)).length;
  }

  run(kind: 'begin' | 'end'): void {
    this.#runAll((attach) => attach.kind === kind);
  }

  runSignal(signal: string): void {
    this.#runAll((attach) => attach.kind === 'signal' && attach.signal === signal);
  }

  attach(): AttachFailure[] {
    const failures: AttachFailure[] = [];
    for (const { instance, attaches } of inAttachOrder(this.#parts.instances)) {
      if (RUN_BY_US.has(attaches[0]!.kind)) continue;
      const { index, loaded } = instance;
      if (loaded instanceof TraceError) {
        failures.push(...attaches.map((attach) => failureOf(index, attach, loaded)));
        continue;
      }
      const attached = attachPoints(loaded, attaches, this.#parts.context);
      for (const attachment of attached.attachments) {
        this.#attachments.push(attachment);
        this.#attachedCount += attachment.count ?? 1;
      }
      failures.push(...attached.failures.map(({ attach, error }) => failureOf(index, attach, error)));
    }
    return failures;
  }

  get attachedCount(): number {
    return this.#attachedCount;
  }

  detach(): void {
    const attachments = this.#attachments;
    this.#attachments = [];
    this.#attachedCount = 0;
    // Links first, all of them: after that no program runs any more, however long the events take.
    for (const { links } of attachments) for (const link of links) this.#sys.close(link);
    for (const { events = [] } of attachments) for (const event of events) this.#sys.close(event);
  }

  /** What the iterator programs write with seq_printf, each run once. */
  *iterate(): Generator<Uint8Array> {
    for (const { iterator } of this.#attachments) {
      if (iterator !== undefined) yield* readIterator(this.#sys, iterator);
    }
  }

  drain(handler: RecordHandler, limit?: number): number {
    return this.#parts.ring?.drain(handler, limit) ?? 0;
  }

  async wait(milliseconds: number): Promise<void> {
    const { ring } = this.#parts;
    if (ring) return ring.wait(milliseconds);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#parts.ring?.wake();
    this.#endSleep?.();
  }

  readMap(map: number): MapSnapshot {
    const entries = this.#map(map).snapshot();
    const keys = this.#besides(map, 'keys');
    if (keys) return withKeys(entries, keys.snapshot());
    const cache = this.#besides(map, 'cache');
    return cache ? withCache(this.#map(map).definition, entries, cache.snapshot()) : entries;
  }

  clearMap(map: number): void {
    this.#besides(map, 'keys')?.clear();
    this.#map(map).clear();
    this.#besides(map, 'cache')?.clear();
  }

  zeroMap(map: number): void {
    this.#map(map).zero();
    const cache = this.#besides(map, 'cache');
    if (cache) zeroEntries(this.#map(map).definition, cache);
  }

  /** The cache in front of a map, or the map that has its keys. */
  #besides(map: number, kind: 'cache' | 'keys'): KernelMap | undefined {
    return this.#parts.maps.find(({ definition: { role } }) => role.kind === kind && role.of === map);
  }

  updateMap(map: number, key: Uint8Array, value: Uint8Array): void {
    this.#map(map).update(key, value);
  }

  counters(): Record<Counter, bigint>[] {
    const { image, maps } = this.#parts;
    const frame = maps.find(({ definition }) => definition.role.kind === 'frame');
    return image.programs.map((program) => sumCounters(frame, program.counters));
  }

  /** The verifier's logs, in the order of programs; only with `verbose`. */
  get logs(): readonly { readonly program: string; readonly log: string }[] {
    return this.#parts.instances.flatMap(({ program, loaded }) =>
      loaded instanceof TraceError || loaded.log === '' ? [] : [{ program: program.name, log: loaded.log }],
    );
  }

  close(): void {
    if (this.#closed) return;
    this.detach();
    this.#closed = true;
    closeParts(this.#sys, this.#parts);
  }

  #runAll(wanted: (attach: AttachPoint) => boolean): void {
    for (const { loaded, attach } of this.#parts.instances) {
      if (loaded instanceof TraceError) continue;
      for (const _ of attach.filter(wanted)) this.#runOnce(loaded);
    }
  }

  #runOnce({ fd, program }: LoadedProgram): void {
    try {
      programTestRun(this.#sys, fd, { context: new Uint8Array(RAW_TRACEPOINT_CONTEXT) });
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw new TraceError('ERR_UNSUPPORTED', `the program ${program.name} cannot be run by itself on this kernel`, {
        cause: error,
        hints: ['running programs of BEGIN and END needs Linux 5.10 or newer'],
      });
    }
  }

  #map(index: number): KernelMap {
    const map = this.#parts.maps[index];
    if (!map) throw new Error(`bug in beetrace: there is no map ${index}`);
    return map;
  }
}

function failureOf(program: number, attach: AttachPoint, { message, hints }: TraceError): AttachFailure {
  return { program, attach, message, hints };
}

function isRunByUs(attach: AttachPoint): boolean {
  return RUN_BY_US.has(attach.kind);
}

/** Gives back what was loaded. */
export function closeParts(sys: Sys, parts: Pick<LoadedParts, 'ring' | 'instances' | 'maps' | 'descriptors'>): void {
  parts.ring?.close();
  for (const { loaded } of parts.instances) if (!(loaded instanceof TraceError)) sys.close(loaded.fd);
  for (const map of parts.maps) map.close();
  for (const fd of parts.descriptors) sys.close(fd);
}

function sumCounters(frame: KernelMap | undefined, index: number): Record<Counter, bigint> {
  const sums = Object.fromEntries(COUNTERS.map((name) => [name, 0n])) as Record<Counter, bigint>;
  const value = frame?.lookup(new Uint8Array(Uint32Array.of(index).buffer));
  if (!frame || !value) return sums;
  for (let cpu = 0; cpu < frame.cpus; cpu++) {
    const counters = new BigUint64Array(value.buffer, cpu * frame.stride, COUNTER_BYTES / 8);
    for (const [at, name] of COUNTERS.entries()) sums[name] += counters[at]!;
  }
  return sums;
}
