// The preprocessor over the definitions of a script: object-like macros and conditions. Headers are not read: what the
// kernel's headers declare is in its BTF.

import type { DiagnosticBuilder, Diagnostics } from '../../../base/diagnostic.ts';
import type { CDefinition } from '../ast.ts';
import { constantExpression } from './constant.ts';
import { CError, type CToken, TokenReader, tokenize } from './tokens.ts';

/** Definitions of types that are to be read, with macros replaced. */
export interface Preprocessed {
  readonly definitions: readonly { readonly definition: CDefinition; readonly tokens: readonly CToken[] }[];
  readonly macros: ReadonlyMap<string, readonly CToken[]>;
}

/** Macros that scripts ask for: types come from BTF, and the processor. */
const PREDEFINED: readonly string[] = ['BPFTRACE_HAVE_BTF', '__KERNEL__', '__BPF_TRACING__'];

/** An open #if: whether this branch is read, whether one was, and whether the whole is inside one that is not. */
interface Condition {
  active: boolean;
  taken: boolean;
  readonly outer: boolean;
  readonly definition: CDefinition;
}

const DIRECTIVE = /^#\s*(\w*)/;

export function preprocess(
  definitions: readonly CDefinition[],
  predefined: Readonly<Record<string, string>>,
  diagnostics: Diagnostics,
): Preprocessed {
  const run = new Preprocessor(diagnostics);
  for (const name of PREDEFINED) run.define(name, '1');
  for (const [name, value] of Object.entries(predefined)) run.define(name, value);
  for (const definition of definitions) run.read(definition);
  run.finish();
  return { definitions: run.kept, macros: run.macros };
}

class Preprocessor {
  readonly kept: { definition: CDefinition; tokens: CToken[] }[] = [];
  readonly macros = new Map<string, readonly CToken[]>();
  readonly #diagnostics: Diagnostics;
  readonly #conditions: Condition[] = [];

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  define(name: string, value: string): void {
    const nowhere = { source: { name: 'predefined', text: value }, start: 0, end: value.length };
    this.macros.set(name, tokenize(value, nowhere));
  }

  read(definition: CDefinition): void {
    if (definition.text.startsWith('#')) this.#directive(definition);
    else if (this.#active) {
      this.kept.push({ definition, tokens: this.#expand(tokenize(definition.text, definition.span)) });
    }
  }

  finish(): void {
    for (const { definition } of this.#conditions) this.#error('this condition has no #endif', definition);
  }

  get #active(): boolean {
    return this.#conditions.every((condition) => condition.active);
  }

  #error(message: string, { span }: CDefinition): DiagnosticBuilder {
    return this.#diagnostics.error('c-definition', message, span);
  }

  #directive(definition: CDefinition): void {
    const [all, name] = DIRECTIVE.exec(definition.text)!;
    const start = definition.span.start + all.length;
    const tokens = tokenize(definition.text.slice(all.length), { ...definition.span, start });
    switch (name) {
      case 'ifdef':
      case 'ifndef':
        this.#open(definition, this.macros.has(tokens[0]?.text ?? '') === (name === 'ifdef'));
        return;
      case 'if':
        this.#open(definition, this.#active && this.#test(definition, tokens));
        return;
      case 'elif':
      case 'else':
        this.#branch(definition, name, tokens);
        return;
      case 'endif':
        if (!this.#conditions.pop()) this.#error('#endif without #if', definition);
        return;
    }
    if (this.#active) this.#statement(name!, definition, tokens);
  }

  #statement(name: string, definition: CDefinition, tokens: readonly CToken[]): void {
    switch (name) {
      case 'define':
        this.#defineMacro(definition, tokens);
        return;
      case 'undef':
        this.macros.delete(tokens[0]?.text ?? '');
        return;
      case 'error':
        this.#error(`#error ${tokens.map((token) => token.text).join(' ')}`, definition);
        return;
      case 'include':
      case 'pragma':
      case 'warning':
      case '':
        return;
      default:
        this.#error(`unknown directive #${name}`, definition);
    }
  }

  #open(definition: CDefinition, holds: boolean): void {
    const outer = this.#active;
    this.#conditions.push({ active: outer && holds, taken: holds, outer, definition });
  }

  #branch(definition: CDefinition, name: 'elif' | 'else', tokens: readonly CToken[]): void {
    const condition = this.#conditions[this.#conditions.length - 1];
    if (!condition) {
      this.#error(`#${name} without #if`, definition);
      return;
    }
    const holds = !condition.taken && condition.outer && (name === 'else' || this.#test(definition, tokens));
    condition.active = holds;
    condition.taken ||= holds;
  }

  /** The condition of #if; what is not defined is 0. */
  #test(definition: CDefinition, tokens: readonly CToken[]): boolean {
    const reader = new TokenReader(this.#expand(this.#replaceDefined(tokens)), definition.span, this.#diagnostics);
    try {
      return constantExpression(reader, { value: () => 0n }) !== 0n;
    } catch (error) {
      if (error instanceof CError) return false;
      throw error;
    }
  }

  /** `defined NAME` and `defined(NAME)` before macros are replaced. */
  #replaceDefined(tokens: readonly CToken[]): CToken[] {
    const replaced: CToken[] = [];
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      if (token.text !== 'defined') {
        replaced.push(token);
        continue;
      }
      const bracketed = tokens[at + 1]?.text === '(';
      const name = tokens[at + (bracketed ? 2 : 1)]?.text ?? '';
      replaced.push({ ...token, kind: 'number', text: this.macros.has(name) ? '1' : '0' });
      at += bracketed ? 3 : 1;
    }
    return replaced;
  }

  #defineMacro(definition: CDefinition, tokens: readonly CToken[]): void {
    const [name, ...body] = tokens;
    if (name?.kind !== 'word') {
      this.#error('#define needs a name', definition);
      return;
    }
    const parenthesis = body[0];
    if (parenthesis?.text === '(' && parenthesis.span.start === name.span.end) {
      this.#diagnostics
        .warning('c-macro', `macro ${name.text} takes arguments and is ignored`, definition.span)
        .hint(`write it in the language: macro ${name.text}(...) { ... }`);
      return;
    }
    this.macros.set(name.text, body);
  }

  #expand(tokens: readonly CToken[]): CToken[] {
    return expandMacros(tokens, this.macros);
  }
}

/** The tokens with macros replaced, again and again, but none inside of itself. */
export function expandMacros(
  tokens: readonly CToken[],
  macros: ReadonlyMap<string, readonly CToken[]>,
  inside: ReadonlySet<string> = new Set(),
): CToken[] {
  return tokens.flatMap((token) => {
    const body = token.kind === 'word' && !inside.has(token.text) ? macros.get(token.text) : undefined;
    if (!body) return [token];
    return expandMacros(body, macros, new Set([...inside, token.text])).map((one) => ({ ...one, span: token.span }));
  });
}
