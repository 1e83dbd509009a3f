// What every way of attaching shares: what it gets, what it gives, how it says that it cannot.

import { TraceError } from '../../../base/error.ts';
import type { AttachPoint } from '../../../image/index.ts';
import type { LoadOptions } from '../../engine.ts';
import type { Features } from '../features.ts';
import type { KernelMap } from '../maps.ts';
import type { Platform } from '../platform.ts';
import type { LoadedProgram } from '../programs.ts';
import type { Sys } from '../sys/sys.ts';

export type AttachPointOf<K extends AttachPoint['kind']> = Extract<AttachPoint, { kind: K }>;

export interface AttachContext {
  readonly sys: Sys;
  readonly platform: Platform;
  readonly features: Features;
  readonly options: LoadOptions;
  /** The Image's maps, in order. */
  readonly maps: readonly KernelMap[];
}

/** Descriptors that hold a program to its events; closing all of them detaches it. */
export interface Attachment {
  /** Links and raw tracepoints: without them the program does not run. */
  readonly links: readonly number[];
  /** Perf events behind links: without a link they do nothing any more. */
  readonly events?: readonly number[];
  /** An iterator that runs each time it is read to its end. */
  readonly iterator?: number;
  /** How many attach points it stands for where that is not one. */
  readonly count?: number;
}

export type Attach<K extends AttachPoint['kind']> = (
  program: LoadedProgram,
  attach: AttachPointOf<K>,
  context: AttachContext,
) => Attachment;

/** What became of attach points that were attached together. */
export interface Attached<K extends AttachPoint['kind']> {
  readonly attachments: readonly Attachment[];
  readonly failures: readonly { readonly attach: AttachPointOf<K>; readonly error: TraceError }[];
}

/** Attaches one program to many places of a kind with fewer links than one for each. */
export type AttachTogether<K extends AttachPoint['kind']> = (
  program: LoadedProgram,
  attaches: readonly AttachPointOf<K>[],
  context: AttachContext,
) => Attached<K>;

/** Attaches one by one; what fails is told and keeps none of the others from being attached. */
export function attachEach<K extends AttachPoint['kind']>(
  way: Attach<K>,
  program: LoadedProgram,
  attaches: readonly AttachPointOf<K>[],
  context: AttachContext,
): Attached<K> {
  const attachments: Attachment[] = [];
  const failures: { attach: AttachPointOf<K>; error: TraceError }[] = [];
  for (const attach of attaches) {
    try {
      attachments.push(way(program, attach, context));
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      failures.push({ attach, error });
    }
  }
  return { attachments, failures };
}

/** The reason why an attach point is not possible. */
export function cannotAttach(message: string, ...hints: readonly string[]): TraceError {
  return new TraceError('ERR_ATTACH', message, { hints });
}

/** Does things that open descriptors one after another; when one fails, closes those that were opened before. */
export function openAll<T>(sys: Sys, items: Iterable<T>, open: (item: T) => number): number[] {
  const opened: number[] = [];
  try {
    for (const item of items) opened.push(open(item));
    return opened;
  } catch (error) {
    for (const fd of opened) sys.close(fd);
    throw error;
  }
}
