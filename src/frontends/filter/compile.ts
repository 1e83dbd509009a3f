// The packet-filter language as a pipeline: parse, generate, optimise, lay out.

import { type Diagnostic, DiagnosticBuilder } from '../../base/diagnostic.ts';
import type { Source } from '../../base/source.ts';
import { CLASSIC_RET_K, type ClassicInstruction } from '../../isa/index.ts';
import { type Block, connect } from './generate/block.ts';
import { Context } from './generate/context.ts';
import { generate } from './generate/expression.ts';
import { ETHERNET, type LinkType } from './generate/link-types.ts';
import { withPrologue } from './generate/prologue.ts';
import { linearise } from './linearise.ts';
import { builtinResolver } from './names/builtin.ts';
import type { Resolver } from './names/resolver.ts';
import { optimise } from './optimise/optimise.ts';
import { FilterFailure } from './syntax/failure.ts';
import { parseFilter } from './syntax/parser.ts';

export interface FilterOptions {
  /** What the packets begin with; Ethernet when it is not given. */
  readonly link?: LinkType;
  /** What an accepted packet is cut to: the value that the program returns. */
  readonly snapLength?: number;
  readonly optimise?: boolean;
  readonly resolver?: Resolver;
  /** Of the network that packets come from, for `ip broadcast`. */
  readonly netmask?: number;
  /** For packets from the kernel, which keeps VLAN tags beside them, and not from a file. */
  readonly live?: boolean;
  /** For packets from a file, of which nothing but the bytes is known. */
  readonly savefile?: boolean;
}

export type FilterResult = { readonly program: readonly ClassicInstruction[] } | { readonly diagnostic: Diagnostic };

/** What an accepted packet is cut to when nothing else is said: all of it. */
export const DEFAULT_SNAP_LENGTH = 262_144;

/** Compiles an expression to classic BPF, or says what is wrong with it. */
export function compileFilter(source: Source, options: FilterOptions = {}): FilterResult {
  try {
    return { program: compile(source, options) };
  } catch (error) {
    if (error instanceof FilterFailure) return { diagnostic: error.diagnostic };
    // The parser and the generator follow the expression's nesting on the stack.
    if (error instanceof RangeError) return { diagnostic: tooDeep(source) };
    throw error;
  }
}

function compile(source: Source, options: FilterOptions): ClassicInstruction[] {
  const accept = returning(options.snapLength ?? DEFAULT_SNAP_LENGTH);
  const expression = parseFilter(source);
  if (!expression) return linearise(accept);
  const cx = new Context(options.link ?? ETHERNET, options.resolver ?? builtinResolver, {
    netmask: options.netmask,
    live: options.live ?? false,
    savefile: options.savefile ?? false,
  });
  const predicate = withPrologue(cx, generate(cx, expression));
  connect(predicate.yes, accept);
  connect(predicate.no, returning(0));
  if (options.optimise === false || !cx.optimisable) return linearise(predicate.head);
  const root = optimise(predicate.head);
  if (root.code === CLASSIC_RET_K && root.k === 0) {
    const span = { source, start: 0, end: source.text.length };
    throw new FilterFailure(new DiagnosticBuilder('rejects-all', 'error', 'expression rejects all packets', span));
  }
  return linearise(root);
}

function tooDeep(source: Source): Diagnostic {
  const span = { source, start: 0, end: 0 };
  return new DiagnosticBuilder('too-deep', 'error', 'the expression is nested too deeply', span);
}

function returning(length: number): Block {
  return { statements: [], code: CLASSIC_RET_K, k: length, jt: undefined, jf: undefined };
}
