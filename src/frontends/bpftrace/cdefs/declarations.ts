// Definitions of types in C: structs, unions, enums and typedefs become BTF, laid out as compilers for x86-64 and arm64
// lay them out (both little-endian LP64).

import type { Diagnostics } from '../../../base/diagnostic.ts';
import type { Span } from '../../../base/source.ts';
import { type Btf, BtfBuilder, type EnumValue, type IntEncoding } from '../../../btf/index.ts';
import { type ConstantScope, constantExpression } from './constant.ts';
import { Layout, type TypeRef } from './layout.ts';
import { CError, type CToken, TokenReader } from './tokens.ts';

type Tag = 'struct' | 'union' | 'enum';

/** What a set of words that name an integer means: its name in BTF, size and sign. */
const INTEGERS: Readonly<Record<string, readonly [name: string, size: number, encoding: IntEncoding]>> = {
  char: ['char', 1, 'signed'],
  'signed char': ['signed char', 1, 'signed'],
  'unsigned char': ['unsigned char', 1, 'unsigned'],
  short: ['short', 2, 'signed'],
  'unsigned short': ['unsigned short', 2, 'unsigned'],
  int: ['int', 4, 'signed'],
  unsigned: ['unsigned int', 4, 'unsigned'],
  long: ['long', 8, 'signed'],
  'unsigned long': ['unsigned long', 8, 'unsigned'],
  'long long': ['long long', 8, 'signed'],
  'unsigned long long': ['unsigned long long', 8, 'unsigned'],
  __int128: ['__int128', 16, 'signed'],
  'unsigned __int128': ['unsigned __int128', 16, 'unsigned'],
  bool: ['_Bool', 1, 'bool'],
  _Bool: ['_Bool', 1, 'bool'],
};

/** Names of integers that scripts use without a header. */
const NAMED_INTEGERS: Readonly<Record<string, string>> = {
  ...{ u8: 'unsigned char', u16: 'unsigned short', u32: 'unsigned', u64: 'unsigned long long' },
  ...{ s8: 'signed char', s16: 'short', s32: 'int', s64: 'long long' },
  ...{ size_t: 'unsigned long', ssize_t: 'long', uintptr_t: 'unsigned long', intptr_t: 'long', off_t: 'long' },
  ...{ pid_t: 'int', uid_t: 'unsigned', gid_t: 'unsigned', mode_t: 'unsigned short', dev_t: 'unsigned' },
  ...{ be16: 'unsigned short', be32: 'unsigned', be64: 'unsigned long long' },
  ...{ le16: 'unsigned short', le32: 'unsigned', le64: 'unsigned long long' },
};

const INTEGER_WORDS = new Set(['char', 'short', 'int', 'long', 'signed', 'unsigned', '__signed__', '__int128']);
const QUALIFIERS = new Set([
  ...['const', 'volatile', 'restrict', '__restrict', '__restrict__', 'register', 'extern', 'static', '__extension__'],
  ...['__user', '__kernel', '__rcu', '__percpu', '__iomem', '_Atomic'],
]);

/** What an attribute list said. */
interface Attributes {
  packed: boolean;
  aligned: number;
}

/** A declared name with its type. */
interface Declared {
  readonly name: CToken | undefined;
  readonly type: TypeRef;
}

/** What the definitions declare, beside the types of the builder. */
export interface Declarations {
  readonly builder: BtfBuilder;
  readonly enumerators: ReadonlyMap<string, bigint>;
  /** `struct x`, `enum e`, and names of typedefs. */
  readonly names: ReadonlySet<string>;
}

export interface DeclareOptions {
  /** Where types that the script does not define come from; their layout is copied by size. */
  readonly btf: () => Btf | undefined;
  readonly macroValue: (name: string) => bigint | undefined;
  readonly diagnostics: Diagnostics;
}

/** Reads definitions one after another. What cannot be read is reported and left out. */
export class Declarer implements Declarations {
  readonly builder = new BtfBuilder();
  readonly enumerators = new Map<string, bigint>();
  readonly names = new Set<string>();
  readonly #options: DeclareOptions;
  readonly #types = new Map<string, TypeRef>();
  readonly #where = new Map<string, Span>();
  readonly #scope: ConstantScope;

  constructor(options: DeclareOptions) {
    this.#options = options;
    this.#scope = {
      value: (name) => this.enumerators.get(name) ?? options.macroValue(name),
      sizeOf: (reader) => BigInt(this.#typeName(reader).size),
      isType: (reader) => this.#atType(reader),
      skipType: (reader) => void this.#typeName(reader),
    };
  }

  read(tokens: readonly CToken[], whole: Span): void {
    const reader = new TokenReader(tokens, whole, this.#options.diagnostics);
    try {
      const isTypedef = reader.accept('typedef') !== undefined;
      const base = this.#specifier(reader);
      while (isTypedef && !reader.at(';')) {
        const { name, type } = this.#declarator(reader, base);
        if (name) this.#define(name.text, { ...type, id: this.builder.typedef(name.text, type.id) }, name.span, reader);
        if (!reader.accept(',')) break;
      }
      if (!reader.accept(';') && reader.peek().kind !== 'end') {
        reader.fail(`unexpected '${reader.peek().text}' after the definition`);
      }
    } catch (error) {
      if (!(error instanceof CError)) throw error;
    }
  }

  // ---- names

  #define(name: string, type: TypeRef, span: Span, reader: TokenReader): void {
    const first = this.#where.get(name);
    if (first) {
      reader.diagnostics.error('c-definition', `Redefinition of ${name}`, span).note('the first definition', first);
      throw new CError();
    }
    this.#where.set(name, span);
    this.#types.set(name, type);
    this.names.add(name);
  }

  #atType(reader: TokenReader): boolean {
    const { kind, text } = reader.peek();
    if (kind !== 'word') return false;
    if (INTEGER_WORDS.has(text) || QUALIFIERS.has(text) || isTag(text)) return true;
    return ['void', 'bool', '_Bool', 'float', 'double'].includes(text) || this.#namedType(text) !== undefined;
  }

  /** A typedef of the script, one that everyone knows, or one of the kernel. */
  #namedType(name: string): TypeRef | undefined {
    const own = this.#types.get(name);
    if (own) return own;
    const plain = name
      .replace(/^__/, '')
      .replace(/^(u?)int(8|16|32|64)_t$/, (_all, sign, bits) => `${sign || 's'}${bits}`);
    const integer = NAMED_INTEGERS[plain];
    if (integer !== undefined) return this.#integer(integer);
    const type = this.#options.btf()?.find(name, 'typedef');
    return type && this.#kernelType(type.id);
  }

  #integer(words: string): TypeRef {
    const [name, size, encoding] = INTEGERS[words]!;
    return { id: this.builder.int(name, size, encoding), size, align: size };
  }

  // ---- types

  /** `sizeof` and casts: a type without a name. */
  #typeName(reader: TokenReader): TypeRef {
    return this.#declarator(reader, this.#specifier(reader)).type;
  }

  #specifier(reader: TokenReader): TypeRef {
    this.#skipQualifiers(reader);
    const token = reader.peek();
    if (isTag(token.text)) return this.#tagged(reader);
    const type = this.#plain(reader, reader.word('a type'));
    this.#skipQualifiers(reader);
    return type;
  }

  #plain(reader: TokenReader, first: CToken): TypeRef {
    if (INTEGER_WORDS.has(first.text)) return this.#integerWords(reader, first);
    switch (first.text) {
      case 'void':
        return { id: 0, size: 0, align: 1 };
      case 'bool':
      case '_Bool':
        return this.#integer('bool');
      case 'float':
        return { id: this.builder.float('float', 4), size: 4, align: 4 };
      case 'double':
        return { id: this.builder.float('double', 8), size: 8, align: 8 };
    }
    return this.#namedType(first.text) ?? reader.fail(`Unknown type: '${first.text}'`, first.span);
  }

  #integerWords(reader: TokenReader, first: CToken): TypeRef {
    const words = [first.text];
    while (INTEGER_WORDS.has(reader.peek().text) || QUALIFIERS.has(reader.peek().text)) {
      const { text } = reader.take();
      if (!QUALIFIERS.has(text)) words.push(text);
    }
    const unsigned = words.includes('unsigned') ? 'unsigned ' : '';
    const longs = words.filter((word) => word === 'long').length;
    if (words.includes('char')) return this.#integer(words.length > 1 ? `${unsigned || 'signed '}char` : 'char');
    if (words.includes('short')) return this.#integer(`${unsigned}short`);
    if (words.includes('__int128')) return this.#integer(`${unsigned}__int128`);
    if (longs > 0) return this.#integer(`${unsigned}${longs > 1 ? 'long long' : 'long'}`);
    return this.#integer(unsigned ? 'unsigned' : 'int');
  }

  #skipQualifiers(reader: TokenReader): void {
    while (QUALIFIERS.has(reader.peek().text)) reader.take();
  }

  #tagged(reader: TokenReader): TypeRef {
    const tag = reader.take().text as Tag;
    const attributes = this.#attributes(reader);
    const name = reader.peek().kind === 'word' ? reader.take() : undefined;
    if (!reader.at('{')) return this.#reference(tag, name ?? reader.word(`the name of the ${tag}`), reader);
    reader.take();
    const type = tag === 'enum' ? this.#enumBody(reader, name) : this.#structBody(reader, tag, name, attributes);
    if (name) this.#define(`${tag} ${name.text}`, type, name.span, reader);
    this.#skipQualifiers(reader);
    return type;
  }

  /** `struct x` without a body: of the script, of the kernel, or only declared and then good for pointers. */
  #reference(tag: Tag, name: CToken, reader: TokenReader): TypeRef {
    const own = this.#types.get(`${tag} ${name.text}`);
    this.#skipQualifiers(reader);
    if (own) return own;
    const kernel = this.#options.btf()?.find(name.text, tag);
    if (kernel) return this.#kernelType(kernel.id);
    const id = tag === 'enum' ? this.#integer('unsigned').id : this.builder.fwd(name.text, tag);
    return { id, size: tag === 'enum' ? 4 : 0, align: tag === 'enum' ? 4 : 1, incomplete: `${tag} ${name.text}` };
  }

  /** A type of the kernel by its size; its members are looked up in the kernel's own BTF by its name. */
  #kernelType(id: number): TypeRef {
    const btf = this.#options.btf()!;
    const type = btf.resolve(id);
    const size = btf.sizeOf(id);
    const align = alignOf(btf, id);
    switch (type.kind) {
      case 'int':
        return {
          id: this.builder.int(type.name, size, type.bool ? 'bool' : type.signed ? 'signed' : 'unsigned'),
          size,
          align,
        };
      case 'enum':
        return { id: this.builder.enum(type.name, size, type.signed, type.values), size, align };
      case 'struct':
        return { id: this.builder.struct(type.name, size, []), size, align };
      case 'union':
        return { id: this.builder.union(type.name, size, []), size, align };
      case 'ptr':
        return { id: this.builder.ptr(this.#kernelType(type.target).id), size, align };
      case 'array': {
        const element = this.#kernelType(type.element);
        return { id: this.builder.array(element.id, type.length), size, align };
      }
      case 'fwd':
        return { id: this.builder.fwd(type.name, type.union ? 'union' : 'struct'), size: 0, align: 1 };
      default:
        return { id: 0, size, align: Math.max(1, align) };
    }
  }

  // ---- bodies

  #structBody(reader: TokenReader, tag: 'struct' | 'union', name: CToken | undefined, before: Attributes): TypeRef {
    const layouts: (() => void)[] = [];
    let layout = new Layout(tag, before.packed);
    while (!reader.at('}')) {
      if (reader.peek().kind === 'end') reader.expect('}', `at the end of the ${tag}`);
      if (!reader.accept(';')) layouts.push(...this.#member(reader, () => layout));
    }
    reader.take();
    const after = this.#attributes(reader);
    // `packed` may stand behind the body, so members are placed only now.
    layout = new Layout(tag, before.packed || after.packed, Math.max(before.aligned, after.aligned));
    for (const place of layouts) place();
    const { size, align } = layout.finish();
    const id = this.builder[tag](name?.text ?? '', size, layout.members);
    return { id, size, align };
  }

  /** One declaration of members; gives what places each of them. */
  #member(reader: TokenReader, layout: () => Layout): (() => void)[] {
    const base = this.#specifier(reader);
    const places: (() => void)[] = [];
    if (reader.accept(';')) return [() => layout().add('', base)];
    do {
      const { name, type } = this.#declarator(reader, base);
      const width = reader.accept(':') ? this.#constant(reader, 'the width of the bit field') : undefined;
      const { aligned } = this.#attributes(reader);
      if (type.incomplete !== undefined) {
        reader.fail(`'${name?.text ?? ''}' has the incomplete type ${type.incomplete}`, name?.span);
      }
      if (width !== undefined && width > type.size * 8) reader.fail('the bit field is wider than its type', name?.span);
      if (width === undefined) places.push(() => layout().add(name?.text ?? '', type, aligned));
      else places.push(() => layout().addBits(name?.text ?? '', type, width));
    } while (reader.accept(','));
    reader.expect(';', 'after the member');
    return places;
  }

  #enumBody(reader: TokenReader, name: CToken | undefined): TypeRef {
    const values: EnumValue[] = [];
    let next = 0n;
    while (!reader.at('}')) {
      const word = reader.word('the name of a value');
      if (reader.accept('=')) next = constantExpression(reader, this.#scope);
      values.push({ name: word.text, value: next });
      this.enumerators.set(word.text, next);
      next++;
      if (!reader.accept(',')) break;
    }
    reader.expect('}', 'at the end of the enum');
    this.#attributes(reader);
    const signed = values.some(({ value }) => value < 0n);
    const wide = values.some(({ value }) => value >= 1n << (signed ? 31n : 32n) || value < -(1n << 31n));
    const size = wide ? 8 : 4;
    return { id: this.builder.enum(name?.text ?? '', size, signed, values), size, align: size };
  }

  // ---- declarators

  /** `*name[4]`, `(*name)(int)`: a name with what stands around it. */
  #declarator(reader: TokenReader, base: TypeRef): Declared {
    let type = base;
    while (reader.accept('*')) {
      type = this.#pointer(type);
      this.#skipQualifiers(reader);
    }
    this.#attributes(reader);
    if (reader.at('(') && (reader.peek(1).text === '*' || reader.peek(1).text === '(')) {
      return this.#inner(reader, type);
    }
    const name = reader.peek().kind === 'word' ? reader.take() : undefined;
    return { name, type: this.#suffix(reader, type) };
  }

  /** `(*name)(int)`: what stands behind the parenthesis belongs to the type that is pointed to. */
  #inner(reader: TokenReader, type: TypeRef): Declared {
    reader.take();
    const tokens: CToken[] = [];
    for (let depth = 1; depth > 0; ) {
      const token = reader.take();
      if (token.kind === 'end') reader.fail("expected ')' of the declarator");
      if (token.text === '(') depth++;
      else if (token.text === ')') depth--;
      if (depth > 0) tokens.push(token);
    }
    const outer = this.#suffix(reader, type);
    const span = tokens[0]?.span ?? reader.peek().span;
    return this.#declarator(new TokenReader(tokens, span, reader.diagnostics), outer);
  }

  #pointer(to: TypeRef): TypeRef {
    return { id: this.builder.ptr(to.id), size: 8, align: 8 };
  }

  #suffix(reader: TokenReader, type: TypeRef): TypeRef {
    if (reader.at('(')) {
      skipBrackets(reader);
      return { id: this.builder.funcProto(type.id, []), size: 0, align: 1 };
    }
    if (!reader.accept('[')) return type;
    const length = reader.at(']') ? 0 : this.#constant(reader, 'the length of the array');
    reader.expect(']', 'after the length of the array');
    const element = this.#suffix(reader, type);
    if (element.incomplete !== undefined) reader.fail(`an array of the incomplete type ${element.incomplete}`);
    const { id, size, align } = element;
    return { id: this.builder.array(id, length), size: size * length, align };
  }

  #constant(reader: TokenReader, what: string): number {
    const { span } = reader.peek();
    const value = constantExpression(reader, this.#scope);
    if (value < 0n || value > 0x7fff_ffffn) reader.fail(`${what} must be a number from 0 to 2147483647`, span);
    return Number(value);
  }

  #attributes(reader: TokenReader): Attributes {
    const attributes: Attributes = { packed: false, aligned: 0 };
    while (reader.accept('__attribute__') ?? reader.accept('__attribute')) {
      reader.expect('(', 'after __attribute__');
      reader.expect('(', 'after __attribute__');
      while (!reader.at(')')) this.#attribute(reader, attributes);
      reader.take();
      reader.expect(')', 'of __attribute__');
    }
    return attributes;
  }

  #attribute(reader: TokenReader, attributes: Attributes): void {
    const name = reader.word('an attribute').text.replace(/^__(\w+)__$/, '$1');
    if (name === 'packed') attributes.packed = true;
    if (name === 'aligned') {
      attributes.aligned = this.#alignment(reader);
    } else if (reader.at('(')) skipBrackets(reader);
    reader.accept(',');
  }

  /** Without a number it is the largest alignment that any type of the machine has. */
  #alignment(reader: TokenReader): number {
    if (!reader.accept('(')) return 16;
    const alignment = this.#constant(reader, 'the alignment');
    reader.expect(')', 'after the alignment');
    return alignment;
  }
}

function isTag(text: string): text is Tag {
  return text === 'struct' || text === 'union' || text === 'enum';
}

function skipBrackets(reader: TokenReader): void {
  reader.take();
  for (let depth = 1; depth > 0; ) {
    const token = reader.take();
    if (token.kind === 'end') reader.fail("expected ')'");
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
  }
}

/** The alignment of a type in the kernel's BTF, which does not say it: that of its widest part. */
function alignOf(btf: Btf, id: number): number {
  const type = btf.resolve(id);
  switch (type.kind) {
    case 'array':
      return alignOf(btf, type.element);
    case 'struct':
    case 'union':
      return Math.max(1, ...type.members.map((member) => alignOf(btf, member.type)));
    default:
      return Math.max(1, Math.min(16, btf.sizeOf(id)));
  }
}
