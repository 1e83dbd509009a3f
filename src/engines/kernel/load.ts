// From an Image to the kernel: maps first, because programs refer to them by descriptor, then programs.

import { assert, TraceError } from '../../base/error.ts';
import type { AttachPoint, Image, MapDefinition, Program } from '../../image/index.ts';
import type { LoadOptions } from '../engine.ts';
import { explained } from './attach/fentry.ts';
import { needsTarget, targetOf } from './attach/target.ts';
import { loadDebugInfo } from './debug-info.ts';
import { type FeatureName, featuresOf } from './features.ts';
import type { Instance } from './instance.ts';
import { closeParts, LoadedKernelImage } from './loaded.ts';
import { KernelMap } from './maps.ts';
import { missingCapabilities, permissionError, readPermissionFacts } from './permission.ts';
import type { Platform } from './platform.ts';
import { type LoadedProgram, loadProgram } from './programs.ts';
import { type RelocationContext, relocate } from './relocate.ts';
import { RingConsumer } from './ring.ts';
import type { ProgramLoad } from './sys/bpf.ts';
import type { Sys } from './sys/sys.ts';
import { isErrno } from './sys/syscall-error.ts';
import { VerifierError } from './verifier-error.ts';

/** Attach kinds that the program can do without. */
const MULTI_FEATURES: Readonly<Record<string, FeatureName>> = {
  trace_uprobe_multi: 'uprobe-multi',
  trace_kprobe_multi: 'kprobe-multi',
};

/** Room for a quarter of a second at a million records of 32 bytes a second. */
const DEFAULT_RING_BYTES = 8 << 20;

/**
 * Puts an Image into the kernel.
 * @throws TraceError when this machine does not allow it; VerifierError when a program is rejected.
 */
export function loadImage(sys: Sys, platform: Platform, image: Image, options: LoadOptions): LoadedKernelImage {
  const loading: Loading = { sys, platform, image, options, maps: [], instances: [], descriptors: [], ring: undefined };
  try {
    createMaps(loading);
    loadPrograms(loading);
    const { maps, instances, descriptors, ring } = loading;
    const context = { sys, platform, features: featuresOf(sys), options, maps };
    return new LoadedKernelImage({ image, options, context, maps, instances, descriptors, ring });
  } catch (error) {
    closeParts(sys, loading);
    throw isErrno(error, 'EPERM') ? permissionError(error) : error;
  }
}

interface Loading {
  readonly sys: Sys;
  readonly platform: Platform;
  readonly image: Image;
  readonly options: LoadOptions;
  readonly maps: KernelMap[];
  readonly instances: Instance[];
  readonly descriptors: number[];
  ring: RingConsumer | undefined;
}

function createMaps(loading: Loading): void {
  const { sys, image, maps } = loading;
  for (const definition of image.maps) {
    const map = createMap(sys, sized(sys, image, definition));
    maps.push(map);
    const { role } = definition;
    if (role.kind === 'data') map.fill(role.bytes, role.readonly);
    if (role.kind === 'ring') loading.ring = new RingConsumer(sys, map.fd, map.definition.maxEntries);
  }
}

/** The size of a ring is chosen here, and must be a power of two and whole pages. */
function sized(sys: Sys, image: Image, definition: MapDefinition): MapDefinition {
  if (definition.kind !== 'ringbuf') return definition;
  const wanted = image.settings.ringBytes || definition.maxEntries || DEFAULT_RING_BYTES;
  let bytes = sys.pageBytes;
  while (bytes < wanted) bytes *= 2;
  return { ...definition, maxEntries: bytes };
}

function createMap(sys: Sys, definition: MapDefinition): KernelMap {
  try {
    return new KernelMap(sys, definition);
  } catch (error) {
    if (!isErrno(error, 'E2BIG', 'ENOMEM')) throw error;
    const { name, maxEntries, keySize, valueSize } = definition;
    throw new TraceError(
      'ERR_MAP_SIZE',
      `the map ${name} (${maxEntries} entries of ${keySize} + ${valueSize} bytes) is more than the kernel gives`,
      { cause: error, hints: ['make it smaller: fewer entries, or shorter strings in keys and values'] },
    );
  }
}

function loadPrograms(loading: Loading): void {
  const { sys, platform, image, options } = loading;
  const debug = loadDebugInfo(sys, image);
  if (debug) loading.descriptors.push(debug.fd);
  const relocation: RelocationContext = {
    sys,
    platform,
    options,
    maps: loading.maps.map((map) => map.fd),
    startNs: sys.clock('boot'),
  };
  for (const [index, written] of image.programs.entries()) {
    const program = suited(sys, written, options);
    const code = relocate(program, relocation);
    for (const attach of attachGroups(program)) {
      const loaded = loadFor(loading, program, code, attach[0], debug?.programs[index]);
      loading.instances.push({ index, program, attach, loaded });
    }
  }
}

/**
 * The program with the attach kind that serves best here. Where the kernel has no multi links, it is loaded for single
 * probes and attached to each place. Where it has, a single uprobe takes one too: detaching it then waits for one RCU
 * grace period and not for three. Not with -p, because until 6.10 a multi link saw only the first thread of the process.
 */
function suited(sys: Sys, program: Program, options: LoadOptions): Program {
  const { attachKind, ...single } = program;
  const feature = attachKind === undefined ? undefined : MULTI_FEATURES[attachKind];
  if (feature !== undefined) return featuresOf(sys).has(feature) ? program : single;
  const other = attachKind === undefined ? multiFor(program, options) : undefined;
  return other !== undefined && featuresOf(sys).has(MULTI_FEATURES[other]!)
    ? { ...program, attachKind: other }
    : program;
}

/** The multi link that could hold all places of a program that was not compiled for one. */
function multiFor({ kind, attach }: Program, { targetPid }: LoadOptions): string | undefined {
  if (kind !== 'kprobe' || attach.length === 0) return undefined;
  const inFiles = attach.every((one) => one.kind === 'uprobe' || one.kind === 'usdt');
  if (inFiles) return targetPid === undefined ? 'trace_uprobe_multi' : undefined;
  const entries = attach.every((one) => one.kind === 'kprobe' && one.offset === 0 && one.module === undefined);
  return entries && attach.length > 1 ? 'trace_kprobe_multi' : undefined;
}

/** The attach points that one load serves. The kernel fixes the target of a tracing program when it is loaded. */
function attachGroups(program: Program): (readonly AttachPoint[])[] {
  if (!needsTarget(program) || program.attach.length < 2) return [program.attach];
  return program.attach.map((attach) => [attach]);
}

function loadFor(
  { sys, platform, image, options, descriptors }: Loading,
  program: Program,
  code: Uint8Array,
  attach: AttachPoint | undefined,
  btf: ProgramLoad['btf'],
): LoadedProgram | TraceError {
  const context = { license: image.license, verbose: options.verbose === true, ...(btf && { btf }) };
  if (!needsTarget(program)) return loadProgram(sys, program, code, context);
  assert(attach, `tracing program ${program.name} has no attach point`);
  try {
    const target = targetOf(sys, platform, program, attach);
    if (target.btfFd !== 0) descriptors.push(target.btfFd);
    return loadProgram(sys, program, code, { ...context, target });
  } catch (error) {
    // The program is fine, the target is not: a failure to attach.
    if (!(error instanceof TraceError) || error instanceof VerifierError) throw error;
    if (isErrno(error, 'EPERM') && missingCapabilities(readPermissionFacts().status).length > 0) throw error;
    return attach.kind === 'fentry' ? (explained(error, attach.symbol) as TraceError) : error;
  }
}
