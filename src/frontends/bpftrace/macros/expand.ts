// Expands the calls of a script's macros, tree to tree. A macro is hygienic: its own variables are renamed, and it sees
// nothing of its caller but its arguments. Every expanded node keeps its place and remembers the call.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import type { Expression, ExpressionOf, Item, Macro, Script, TypeArgument } from '../ast.ts';
import { findWord } from '../words/index.ts';
import { bind, instantiate } from './instantiate.ts';
import { isSpan, rewrite } from './rewrite.ts';

/** The script with all calls of its macros expanded, and without the macros. */
export function expandMacros(script: Script, diagnostics: Diagnostics): Script {
  const macros = script.items.filter((item): item is Macro => item.kind === 'macro');
  if (macros.length === 0) return script;
  const expander = new Expander(macros, diagnostics);
  const items = script.items.flatMap((item): Item[] => (item.kind === 'macro' ? [] : [expander.item(item)]));
  return { ...script, items };
}

class Expander {
  readonly #macros = new Map<string, Macro[]>();
  readonly #diagnostics: Diagnostics;
  /** The macros that are being expanded, outermost first. */
  readonly #open: Macro[] = [];
  #count = 0;

  constructor(macros: readonly Macro[], diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    for (const macro of macros) this.#define(macro);
  }

  #define(macro: Macro): void {
    const known = this.#macros.get(macro.name) ?? [];
    const shape = (one: Macro) => one.parameters.map((parameter) => parameter.kind).join();
    if (known.some((one) => shape(one) === shape(macro))) {
      this.#diagnostics.error('redeclared', `Redefinition of macro: ${macro.name}`, macro.nameSpan);
      return;
    }
    for (const { kind, name, span } of macro.parameters) {
      if (kind !== 'expression' || findWord(name)?.kind !== 'value') continue;
      this.#diagnostics.error('macro-parameter', `Macro parameter '${name}' has the name of a builtin`, span);
    }
    this.#macros.set(macro.name, [...known, macro]);
    checkLeaving(macro.body, false, this.#diagnostics);
  }

  item(item: Exclude<Item, Macro>): Item {
    if (item.kind === 'map-declaration') return item;
    return this.#rewrite(item);
  }

  #rewrite<T extends object>(node: T): T {
    return rewrite(node, { expression: (one) => this.#expand(one) });
  }

  /** What a call of a macro stands for; undefined for everything else. */
  #expand(node: Expression): Expression | undefined {
    if (node.kind !== 'call' && node.kind !== 'identifier') return undefined;
    const macros = this.#macros.get(node.name);
    if (!macros || (node.kind === 'identifier' && !macros.some((macro) => macro.parameters.length === 0))) {
      return undefined;
    }
    const args = node.kind === 'call' ? node.args.map((arg) => this.#rewrite(arg)) : [];
    const macro = best(macros, args);
    if (!macro) return this.#mismatch(node);
    if (this.#open.includes(macro)) return this.#recursion(node);
    this.#open.push(macro);
    const block = instantiate(macro, bind(macro, args), node.span, ++this.#count, this.#diagnostics);
    const expanded = this.#rewrite(block);
    this.#open.pop();
    return expanded;
  }

  #mismatch(node: Call): Expression {
    const message = `Call to ${node.name}() has arguments that do not match any definition.`;
    const report = this.#diagnostics.error('macro-arguments', message, node.span);
    for (const macro of this.#macros.get(node.name)!) report.hint(`it is defined as ${signature(macro)}`);
    return nothing(node.span);
  }

  #recursion(node: Call): Expression {
    const stack = [...this.#open.map((macro) => macro.name), node.name].join(' > ');
    this.#diagnostics.error('macro-recursion', `Recursive macro call detected. Call chain: ${stack}`, node.span);
    return nothing(node.span);
  }
}

type Call = ExpressionOf<'call' | 'identifier'>;

/** Stands for what could not be expanded, so that nothing else is reported about it. */
function nothing(span: Span): Expression {
  return { kind: 'integer', span, value: 0n, text: '0' };
}

/** The macro whose parameters say most about the arguments: a variable or a map beats any expression. */
function best(macros: readonly Macro[], args: readonly (Expression | TypeArgument)[]): Macro | undefined {
  let found: Macro | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const macro of macros) {
    const distance = distanceOf(macro, args);
    if (distance === undefined || distance >= fewest) continue;
    found = macro;
    fewest = distance;
  }
  return found;
}

function distanceOf(macro: Macro, args: readonly (Expression | TypeArgument)[]): number | undefined {
  if (macro.parameters.length !== args.length) return undefined;
  let distance = 0;
  for (const [index, { kind }] of macro.parameters.entries()) {
    const arg = args[index]!;
    const exact = arg.kind === 'variable' || (arg.kind === 'map' && arg.key === undefined) ? arg.kind : 'expression';
    if (kind === 'expression') distance += exact === 'expression' ? 0 : 1;
    else if (kind !== exact) return undefined;
  }
  return distance;
}

function signature({ name, parameters }: Macro): string {
  const prefix = (kind: Macro['parameters'][number]['kind']) => (kind === 'variable' ? '$' : '');
  return `${name}(${parameters.map((one) => `${prefix(one.kind)}${one.name}`).join(', ')})`;
}

/** Reports what would leave the code around the call: `return`, and `break` outside of the macro's own loops. */
function checkLeaving(value: unknown, inLoop: boolean, diagnostics: Diagnostics): void {
  if (Array.isArray(value)) for (const one of value) checkLeaving(one, inLoop, diagnostics);
  if (typeof value !== 'object' || value === null || !('span' in value)) return;
  const { kind, span } = value as { kind?: string; span: Span };
  if (kind === 'return' || (!inLoop && (kind === 'break' || kind === 'continue'))) {
    diagnostics.error('macro-leave', `'${kind}' can not be used directly in a macro`, span);
  }
  const loop = inLoop || LOOPS.has(kind ?? '');
  for (const [key, child] of Object.entries(value)) if (!isSpan(key)) checkLeaving(child, loop, diagnostics);
}

const LOOPS = new Set(['for-map', 'for-range', 'while', 'unroll']);
