// The types and constants that a script defines in C, as the checker asks for them. The definitions become BTF once, and
// from there on they are read as the kernel's own types are.

import type { Diagnostics } from '../../../base/diagnostic.ts';
import { Diagnostics as Silent } from '../../../base/diagnostic.ts';
import { Btf } from '../../../btf/index.ts';
import type { AddressSpace, Type } from '../../../image/index.ts';
import type { CDefinition } from '../ast.ts';
import { BtfTypes } from '../check/btf-types.ts';
import { bitPlace, type CMember, type ScriptTypes } from '../check/ctypes.ts';
import type { TypeInfo } from '../check/types.ts';
import { constantExpression } from './constant.ts';
import { type Declarations, Declarer } from './declarations.ts';
import { expandMacros, preprocess } from './preprocess.ts';
import { CError, type CToken, TokenReader } from './tokens.ts';

export interface DefinitionOptions {
  /** The kernel's types, asked only when a definition names a type that the script does not define. */
  readonly btf: () => Btf | undefined;
  /** Macros that are there without a #define, such as `__x86_64__`. */
  readonly predefined?: Readonly<Record<string, string>>;
}

/** Reads the C definitions of a script; undefined when it has none. */
export function readDefinitions(
  definitions: readonly CDefinition[],
  options: DefinitionOptions,
  diagnostics: Diagnostics,
): ScriptTypes | undefined {
  if (definitions.length === 0) return undefined;
  const { definitions: kept, macros } = preprocess(definitions, options.predefined ?? {}, diagnostics);
  const constants = new MacroConstants(macros);
  const declarer = new Declarer({ btf: options.btf, macroValue: (name) => constants.integer(name), diagnostics });
  constants.enumerators = declarer.enumerators;
  for (const { definition, tokens } of kept) declarer.read(tokens, definition.span);
  return new DefinedTypes(declarer, constants);
}

/** Macros as values, computed when someone asks; what is no constant has none. */
class MacroConstants {
  enumerators: ReadonlyMap<string, bigint> = new Map();
  readonly #macros: ReadonlyMap<string, readonly CToken[]>;

  constructor(macros: ReadonlyMap<string, readonly CToken[]>) {
    this.#macros = macros;
  }

  value(name: string): bigint | string | undefined {
    const body = this.#macros.get(name);
    if (!body) return undefined;
    const tokens = expandMacros(body, this.#macros, new Set([name]));
    if (tokens.length > 0 && tokens.every((token) => token.kind === 'string')) {
      return tokens.map((token) => stringValue(token.text)).join('');
    }
    return tokens.length === 0 ? undefined : this.#integer(tokens);
  }

  integer(name: string): bigint | undefined {
    const value = this.value(name);
    return typeof value === 'bigint' ? value : undefined;
  }

  #integer(tokens: readonly CToken[]): bigint | undefined {
    const reader = new TokenReader(tokens, tokens[0]!.span, new Silent());
    try {
      const value = constantExpression(reader, { value: (name) => this.enumerators.get(name) });
      return reader.peek().kind === 'end' ? value : undefined;
    } catch (error) {
      if (error instanceof CError) return undefined;
      throw error;
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function stringValue(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_all, character: string) => ESCAPES[character] ?? character);
}

class DefinedTypes implements ScriptTypes {
  readonly #declarations: Declarations;
  readonly #constants: MacroConstants;
  readonly #types: BtfTypes;

  constructor(declarations: Declarations, constants: MacroConstants) {
    this.#declarations = declarations;
    this.#constants = constants;
    this.#types = new BtfTypes(Btf.parse(declarations.builder.finish()));
  }

  type(name: string, space: AddressSpace): Type | undefined {
    const id = this.#idOf(name);
    return id === undefined ? undefined : this.#types.convert(id, name, space);
  }

  member(structName: string, member: string, space: AddressSpace): CMember | undefined {
    const id = this.#idOf(structName);
    const location = id === undefined ? undefined : this.#types.btf.member(id, member);
    if (!location) return undefined;
    const type = this.#types.convert(location.type, `${structName}.${member}`, space);
    if (location.bitSize === 0) return { type, offset: location.bitOffset / 8, relocatable: false };
    return { type, ...bitPlace(type, location.bitOffset, location.bitSize), relocatable: false };
  }

  memberNames(structName: string): readonly string[] | undefined {
    const id = this.#idOf(structName);
    if (id === undefined) return undefined;
    const { kind } = this.#types.btf.resolve(id);
    return kind === 'struct' || kind === 'union' ? this.#types.btf.members(id).map((member) => member.name) : undefined;
  }

  constant(name: string): bigint | string | TypeInfo | undefined {
    const enumerator = this.#declarations.enumerators.has(name) ? this.#types.btf.enumerator(name) : undefined;
    if (enumerator) return { type: this.#types.enumType(enumerator.enum), constant: enumerator.value };
    return this.#constants.value(name);
  }

  typeNames(): Iterable<string> {
    return this.#declarations.names;
  }

  /** Only what the script defines itself: kernel types that its members have are in this BTF by size alone. */
  #idOf(name: string): number | undefined {
    const isPart = /[.*[]/.test(name);
    return isPart || this.#declarations.names.has(name) ? this.#types.idOf(name) : undefined;
  }
}
