// The intermediate form: functions of basic blocks in SSA form over 64-bit values. An instruction is the value that it
// makes; operands are other instructions. It is close to BPF (what the machine cannot do in one or two instructions is
// an operation of the library in operations/), but knows no registers, no stack offsets and no jump offsets.

import type { Source, Span } from '../base/source.ts';
import type { AttachPoint, CodeFunction, Image, MapDefinition, RecordDefinition, Relocation } from '../image/index.ts';

/** Arithmetic on 64 bits; shifts take the count modulo 64; division by zero gives 0, modulo zero the dividend, as BPF does. */
export type BinaryKind = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'sar';

/** How two values are compared; those with `s` are signed, `set` is `(a & b) != 0`. */
export type Condition = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'slt' | 'sle' | 'sgt' | 'sge' | 'set';

export type AccessSize = 1 | 2 | 4 | 8;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A relocation before its slot is known. */
export type OpenRelocation = Without<Relocation, 'slot' | 'into'>;

/** An object in the function's stack frame; the allocator places it. At most 512 bytes in all, spills included. */
export interface StackSlot {
  readonly id: number;
  /** Bytes. */
  readonly size: number;
  /** 1, 2, 4 or 8. */
  readonly align: number;
  readonly name: string;
}

interface Base {
  /** Unique in the function; names the value in dumps. */
  readonly id: number;
  /** Operands. Passes may replace them. */
  args: Instruction[];
  /** The source that it was made for. */
  span?: Span;
  /** Shown in dumps. */
  comment?: string;
}

export type Instruction = Base &
  (
    | { readonly op: 'const'; readonly value: bigint }
    /** The function's argument number `index`; argument 0 of a program is its context. */
    | { readonly op: 'argument'; readonly index: number }
    /** args: [a, b] */
    | { readonly op: 'binary'; readonly kind: BinaryKind }
    /** The low `size` bytes of args[0], extended to 64 bits. */
    | { readonly op: 'extend'; readonly size: 1 | 2 | 4; readonly signed: boolean }
    /** The low `size` bytes of args[0] in reverse order, zero-extended. */
    | { readonly op: 'swap'; readonly size: 2 | 4 | 8 }
    /**
     * Zero-extended load from args[0] + offset. The offset may be open (relocation kinds `field`, `tracepoint-field`): then
     * the relocation's value is added to it, here the one of the compiling machine, on loading that of the running one.
     */
    | { readonly op: 'load'; readonly size: AccessSize; readonly offset: number; readonly relocation?: OpenRelocation }
    /** Stores the low bytes of args[1] at args[0] + offset. */
    | { readonly op: 'store'; readonly size: AccessSize; readonly offset: number }
    /** Atomic on args[0] + offset with args[1]; with `fetch` (or for the exchanges) the value is the old content. cmpxchg: args[2] is what is expected. */
    | {
        readonly op: 'atomic';
        readonly kind: 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg';
        readonly fetch: boolean;
        readonly size: 4 | 8;
        readonly offset: number;
      }
    /** The address of a stack slot. */
    | { readonly op: 'slot'; readonly slot: StackSlot }
    /** A reference to a map, for helpers. */
    | { readonly op: 'map'; readonly map: number }
    /** The address of a byte in the only value of an array map. */
    | { readonly op: 'map-value'; readonly map: number; readonly offset: number }
    /** A number that is known when the Image is loaded; `value` is what it is (or stands for) on the compiling machine. */
    | { readonly op: 'relocated'; readonly relocation: OpenRelocation; readonly value: bigint }
    /** A helper by its number; at most five args. */
    | { readonly op: 'call'; readonly helper: number }
    | { readonly op: 'call-function'; readonly callee: Func }
    | { readonly op: 'call-kfunc'; readonly symbol: string }
    /** The address of a function, for callbacks. */
    | { readonly op: 'function'; readonly callee: Func }
    /** One arg for each predecessor of its block, in the same order. */
    | { readonly op: 'phi' }
  );

export type Op = Instruction['op'];
export type InstructionOf<K extends Op> = Extract<Instruction, { op: K }>;

export type Terminator =
  | { readonly kind: 'jump'; to: Block; span?: Span }
  | {
      readonly kind: 'branch';
      condition: Condition;
      a: Instruction;
      b: Instruction;
      then: Block;
      otherwise: Block;
      span?: Span;
    }
  | { readonly kind: 'return'; value: Instruction; span?: Span };

export interface Block {
  /** Unique in the function. */
  readonly id: number;
  /** For dumps: `entry`, `then`, `loop`. */
  readonly name: string;
  /** Phis first. */
  instructions: Instruction[];
  terminator: Terminator | undefined;
  predecessors: Block[];
}

export interface Func {
  readonly name: string;
  readonly shape: CodeFunction['shape'];
  /** The entry block first; the rest in no order that matters. */
  blocks: Block[];
  /** Callees and callbacks need not be listed: they are found through the instructions. */
  nextId: number;
}

/** A program before emission. */
export interface ProgramDefinition {
  readonly name: string;
  readonly kind: string;
  readonly attachKind?: string;
  readonly sleepable?: boolean;
  readonly entry: Func;
  readonly attach: readonly AttachPoint[];
  readonly counters: number;
}

/** Everything that becomes one Image. */
export interface Module {
  readonly programs: ProgramDefinition[];
  readonly maps: MapDefinition[];
  readonly records: RecordDefinition[];
  readonly probes: string[];
  /** What the `location`s of maps and records index; the Image's sources begin with these. */
  readonly sources: readonly Source[];
  readonly license: string;
  readonly settings: Image['settings'];
}

/** Whether the instruction does something besides making its value, so that it must stay, once and in its place. */
export function hasEffect(instruction: Instruction): boolean {
  switch (instruction.op) {
    case 'store':
    case 'atomic':
    case 'call':
    case 'call-function':
    case 'call-kfunc':
      return true;
    default:
      return false;
  }
}
