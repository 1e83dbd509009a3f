// A program as the runtime takes it, wherever it came from: an object, an Image, assembly, bytes, a line of a batch.

import type { LineRecord } from '../../frontends/object/index.ts';
import type { AttachPoint, Image, MapDefinition } from '../../image/index.ts';
import type { Instruction } from '../../isa/index.ts';

/** What the verifier has to know of a function; the shape of FunctionInfo. */
export interface RuntimeFunction {
  readonly start: number;
  readonly name: string;
  readonly global: boolean;
  readonly parameters?: readonly (
    | { readonly kind: 'scalar' }
    | { readonly kind: 'ctx' }
    | { readonly kind: 'memory'; readonly size: number }
  )[];
}

export interface RuntimeMap extends MapDefinition {
  readonly extra?: number;
  readonly inner?: RuntimeMap;
  /** Names of maps or programs that stand in it from the beginning, by index. */
  readonly values?: readonly (string | undefined)[];
  readonly special?: readonly { readonly kind: 'spin_lock' | 'timer'; readonly offset: number }[];
}

export interface RuntimeProgram {
  readonly name: string;
  readonly kind: string;
  readonly attachKind?: string;
  /** `imm` of a wide load of a map or of its value is an index into `maps`. */
  readonly instructions: readonly Instruction[];
  readonly maps: readonly RuntimeMap[];
  readonly license: string;
  /** BPF_F_* of the load. */
  readonly flags: number;
  readonly functions?: readonly RuntimeFunction[];
  readonly lines?: readonly LineRecord[];
  /** What a program that is loaded for one target attaches to. */
  readonly attach?: AttachPoint;
  /** The Image that it is a program of, for the kernel's description of its functions. */
  readonly image?: Image;
  /** Its index there. */
  readonly index: number;
}

/** BPF_F_SLEEPABLE and BPF_F_XDP_HAS_FRAGS. */
export const SLEEPABLE = 1 << 4;
export const XDP_FRAGMENTS = 1 << 5;

/** What a kind is called that the kernel was asked for by a number which has no name here. */
export function unnamedKind(id: number): string {
  return `#${id}`;
}

/** The number of a kind: by its name, or as `unnamedKind` wrote it. */
export function kindNumber(name: string, find: (name: string) => { readonly id: number } | undefined): number {
  return find(name)?.id ?? Number(name.slice(1));
}
