// What the verifier takes and what it answers.

import type { Instruction } from '../../../isa/index.ts';

/** What the verifier has to know of a map. */
export interface MapShape {
  /** Short name of its kind: `hash`, `array`, `ringbuf`. */
  readonly kind: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* flags of its creation. */
  readonly flags?: number;
  /** The shape of the maps that it holds. */
  readonly inner?: MapShape;
  /** User space has frozen it. */
  readonly frozen?: boolean;
  /** Where in its values what the kernel keeps for itself stands, as its BTF says. */
  readonly special?: readonly SpecialField[];
}

export interface SpecialField {
  readonly kind: 'spin_lock' | 'timer';
  readonly offset: number;
}

/** A function that BTF describes. */
export interface FunctionInfo {
  /** The instruction that it starts at. */
  readonly start: number;
  readonly name: string;
  readonly global: boolean;
  /** Arguments of a global function. */
  readonly arguments?: readonly FunctionArgument[];
}

export type FunctionArgument =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'ctx' }
  | { readonly kind: 'memory'; readonly size: number; readonly nonNull?: boolean };

export interface VerifierInput {
  /** Short name of the kind of program: `socket_filter`, `xdp`, `tracepoint`. */
  readonly kind: string;
  readonly attachKind?: string;
  /** One for each slot. `imm` of a wide load of a map is an index into `maps`. */
  readonly instructions: readonly Instruction[];
  readonly maps: readonly MapShape[];
  /** `GPL` when absent. */
  readonly license?: string;
  /** Whether the loader has CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, or none of them. */
  readonly privileged: boolean;
  /** BPF_F_* flags of the load. */
  readonly flags?: number;
  readonly functions?: readonly FunctionInfo[];
  /** `states` collects the state before every instruction, `facts` what was proven of each. */
  readonly collect?: 'none' | 'states' | 'facts';
}

/** What was proven of an instruction in every state that reached it; for compilers. */
export interface InstructionFact {
  /** The type of the pointer that memory was accessed through; differing types leave `mixed`. */
  access?: string;
  /** Map of the accessed value. */
  map?: number;
  /** The divisor was never zero. */
  nonZeroDivisor?: boolean;
  /** Which side of a branch was ever taken. */
  taken?: 'always' | 'never' | 'both';
}

/** The state before an instruction, in the notation of the kernel's log. */
export interface ExplainedState {
  readonly instruction: number;
  /** The instruction that it was reached from when that is not the one before. */
  readonly from?: number;
  /** `R1=ctx() R10=fp0`. */
  readonly text: string;
  /** Depth of calls. */
  readonly frame: number;
}

export interface Verdict {
  readonly accepted: boolean;
  /** 0, or the error number of bpf(2), negative. */
  readonly errno: number;
  /** The kernel's sentence, empty when accepted. */
  readonly message: string;
  /** The instruction that it is about. */
  readonly instruction: number;
  /** How many instructions were walked through, over all ways. */
  readonly processed: number;
  /** What it means and how the register came to be so, for people. */
  readonly explanation: string;
  /** Bytes of stack that each function uses. */
  readonly stackDepth: readonly number[];
  readonly states?: readonly ExplainedState[];
  readonly facts?: readonly (InstructionFact | undefined)[];
}
