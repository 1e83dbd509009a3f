// Prints a tree as the source of a script, in one style. Reading the output gives the same tree again.

import type { Span } from '../../base/source.ts';
import type {
  AttachPointText,
  BlockExpression,
  Expression,
  Item,
  Script,
  Statement,
  TypeArgument,
  TypeExpression,
} from './ast.ts';
import { quote } from './parse/literals.ts';
import { POSTFIX_PRECEDENCE, precedenceOf, TERNARY_PRECEDENCE, UNARY_PRECEDENCE } from './precedence.ts';

/** Where anything may stand without parentheses. */
const LOWEST = -1;
const INDENT = '  ';

/** The script as text that ends with a newline. */
export function formatScript(script: Script): string {
  return new Printer(script.comments.filter((comment) => !inDefinition(script, comment))).script(script);
}

/** An expression on as many lines as its blocks need. */
export function formatExpression(expression: Expression): string {
  return new Printer([]).expression(expression);
}

export function formatType(type: TypeExpression): string {
  return new Printer([]).type(type);
}

function inDefinition(script: Script, comment: Span): boolean {
  return script.definitions.some(({ span }) => comment.start >= span.start && comment.end <= span.end);
}

class Printer {
  readonly #comments: readonly Span[];
  #nextComment = 0;
  #indent = '';

  constructor(comments: readonly Span[]) {
    this.#comments = comments;
  }

  script(script: Script): string {
    const parts: string[] = [];
    if (script.span.source.text.startsWith('#!')) parts.push(script.span.source.text.split('\n', 1)[0]!);
    const definitions = script.definitions.map((one) => this.#withComments(one.span, one.text));
    if (definitions.length > 0) parts.push(definitions.join('\n'));
    if (script.config.length > 0) parts.push(this.#config(script));
    const imports = script.imports.map((one) => this.#withComments(one.span, `import ${quote(one.path)};`));
    if (imports.length > 0) parts.push(imports.join('\n'));
    for (const item of script.items) {
      const before = this.#commentsBefore(item.span.start);
      parts.push(`${before}${this.#item(item)}${this.#trailingComment(item.span)}`);
    }
    const rest = this.#commentsBefore(Number.POSITIVE_INFINITY).trimEnd();
    if (rest !== '') parts.push(rest);
    return `${parts.join('\n\n')}\n`;
  }

  #config(script: Script): string {
    const entries = script.config.map((entry) => {
      const value = /^\w+$/.test(entry.value) ? entry.value : quote(entry.value);
      return this.#withComments(entry.span, `${INDENT}${entry.key} = ${value};`);
    });
    return `config = {\n${entries.join('\n')}\n}`;
  }

  // ---- comments

  #withComments(span: Span, text: string): string {
    return `${this.#commentsBefore(span.start)}${text}${this.#trailingComment(span)}`;
  }

  /** Comments that stand before an offset and were not printed yet, each on its own line. */
  #commentsBefore(offset: number): string {
    let text = '';
    for (let next = this.#comments[this.#nextComment]; next && next.start < offset; ) {
      text += `${this.#indent}${textOf(next)}\n`;
      next = this.#comments[++this.#nextComment];
    }
    return text;
  }

  /** Comments inside of what was printed, and the one behind it on its last line. */
  #trailingComment(span: Span): string {
    let text = '';
    for (let next = this.#comments[this.#nextComment]; next; next = this.#comments[++this.#nextComment]) {
      if (next.start >= span.end && /\n|[{}]/.test(next.source.text.slice(span.end, next.start))) break;
      text += ` ${textOf(next)}`;
    }
    return text;
  }

  // ---- items

  #item(item: Item): string {
    switch (item.kind) {
      case 'probe': {
        const points = item.attachPoints.map(attachPoint).join(',\n');
        const predicate = item.predicate ? this.#predicate(item.predicate) : '';
        return `${points}\n${predicate}${this.#block(item.body)}`;
      }
      case 'macro': {
        const parameters = item.parameters.map(({ kind, name }) => (kind === 'variable' ? `$${name}` : name));
        return `macro ${item.name}(${parameters.join(', ')})\n${this.#block(item.body)}`;
      }
      case 'fn': {
        const parameters = item.parameters.map(({ name, type }) => `$${name} : ${this.type(type)}`);
        return `fn ${item.name}(${parameters.join(', ')}) : ${this.type(item.returns)}\n${this.#block(item.body)}`;
      }
      case 'map-declaration':
        return `let ${item.name} = ${item.mapKind}(${this.expression(item.maxEntries)});`;
    }
  }

  /** A star behind the slash would begin a comment. */
  #predicate(predicate: Expression): string {
    const text = this.expression(predicate);
    return text.startsWith('*') ? `/ ${text} /\n` : `/${text}/\n`;
  }

  // ---- blocks and statements

  #block(block: BlockExpression): string {
    const outer = this.#indent;
    this.#indent += INDENT;
    const lines: string[] = [];
    block.statements.forEach((statement, index) => {
      const last = index === block.statements.length - 1 && block.value === undefined;
      lines.push(this.#line(statement.span, index === 0, () => this.#statement(statement, last)));
    });
    const { value } = block;
    if (value) lines.push(this.#line(value.span, lines.length === 0, () => this.expression(value)));
    const rest = this.#commentsBefore(block.span.end);
    this.#indent = outer;
    if (lines.length === 0 && rest === '') return '{}';
    return `{\n${lines.map((line) => `${line}\n`).join('')}${rest}${outer}}`;
  }

  /** A statement with the comments around it, and with the blank line before it that the source has. */
  #line(span: Span, first: boolean, print: () => string): string {
    const start = Math.min(span.start, this.#comments[this.#nextComment]?.start ?? span.start);
    const blank = !first && /\n[ \t]*\n[ \t]*$/.test(span.source.text.slice(0, start)) ? '\n' : '';
    const comments = this.#commentsBefore(span.start);
    const text = print();
    return `${blank}${comments}${this.#indent}${text}${this.#trailingComment(span)}`;
  }

  #statement(statement: Statement, last: boolean): string {
    switch (statement.kind) {
      case 'expression-statement': {
        const { expression } = statement;
        // Without a semicolon at the end of the block it would be the block's value.
        const braced = expression.kind === 'if' || expression.kind === 'block';
        return `${this.expression(expression)}${braced && !last ? '' : ';'}`;
      }
      case 'let': {
        const type = statement.type ? ` : ${this.type(statement.type)}` : '';
        const value = statement.value ? ` = ${this.expression(statement.value)}` : '';
        return `let $${statement.name}${type}${value};`;
      }
      case 'assign': {
        const target = statement.target.kind === 'discard' ? '_' : this.expression(statement.target);
        return `${target} ${statement.operator ?? ''}= ${this.expression(statement.value)};`;
      }
      case 'for-map':
        return `for ($${statement.variable} : ${this.expression(statement.map)}) ${this.#block(statement.body)}`;
      case 'for-range': {
        const from = this.expression(statement.from, UNARY_PRECEDENCE);
        const to = this.expression(statement.to, UNARY_PRECEDENCE);
        return `for $${statement.variable} : ${from}..${to} ${this.#block(statement.body)}`;
      }
      case 'while':
        return `while (${this.expression(statement.condition)}) ${this.#block(statement.body)}`;
      case 'unroll':
        return `unroll (${this.expression(statement.count)}) ${this.#block(statement.body)}`;
      case 'break':
      case 'continue':
        return `${statement.kind};`;
      case 'return':
        return statement.value ? `return ${this.expression(statement.value)};` : 'return;';
      case 'import-statement':
        return `import ${quote(statement.path)};`;
    }
  }

  // ---- expressions

  /** The expression, in parentheses when it binds less tightly than its place asks for. */
  expression(expression: Expression, minimum = LOWEST): string {
    const text = this.#bare(expression);
    return precedence(expression) < minimum ? `(${text})` : text;
  }

  #bare(expression: Expression): string {
    switch (expression.kind) {
      case 'variable':
        return `$${expression.name}`;
      case 'map':
        return `${expression.name}${expression.key ? `[${this.#key(expression.key)}]` : ''}`;
      case 'block':
        return this.#block(expression);
      case 'integer':
        return expression.text;
      case 'boolean':
        return String(expression.value);
      case 'string':
        return quote(expression.value);
      case 'positional':
        return `$${expression.index}`;
      case 'positional-count':
        return '$#';
      case 'identifier':
        return expression.name;
      case 'call':
        return `${expression.name}(${expression.args.map((arg) => this.#operand(arg)).join(', ')})`;
      case 'unary':
        return this.#unary(expression.operator, this.expression(expression.operand, UNARY_PRECEDENCE));
      case 'increment': {
        const target = this.expression(expression.target);
        return expression.prefix ? `${expression.operator}${target}` : `${target}${expression.operator}`;
      }
      case 'binary': {
        const level = precedenceOf(expression.operator)!;
        const left = this.expression(expression.left, level);
        return `${left} ${expression.operator} ${this.expression(expression.right, level + 1)}`;
      }
      case 'ternary': {
        const condition = this.expression(expression.condition, TERNARY_PRECEDENCE + 1);
        const otherwise = this.expression(expression.otherwise);
        if (!expression.then) return `${condition} ?: ${otherwise}`;
        return `${condition} ? ${this.expression(expression.then)} : ${otherwise}`;
      }
      case 'if': {
        const head = `if (${this.expression(expression.condition)}) ${this.#block(expression.then)}`;
        return expression.otherwise ? `${head} else ${this.expression(expression.otherwise)}` : head;
      }
      case 'cast':
        return `(${this.type(expression.type)})${this.#castOperand(expression.operand)}`;
      case 'member': {
        const text = this.expression(expression.operand, POSTFIX_PRECEDENCE);
        const operand = expression.operand.kind === 'integer' ? `(${text})` : text;
        return `${operand}${expression.arrow ? '->' : '.'}${expression.member}`;
      }
      case 'index': {
        const { operand: of } = expression;
        const text = this.expression(of, POSTFIX_PRECEDENCE);
        // Brackets right behind the name of a map are its key.
        const operand = of.kind === 'map' && !of.key ? `(${text})` : text;
        return `${operand}[${this.expression(expression.index)}]`;
      }
      case 'tuple':
        return this.#tuple(expression.elements);
      case 'record': {
        const fields = expression.fields.map(({ name, value }) => `${name} = ${this.expression(value)}`);
        return `(${fields.join(', ')})`;
      }
      case 'sizeof':
      case 'typeinfo':
        return `${expression.kind}(${this.#operand(expression.operand)})`;
      case 'offsetof':
        return `offsetof(${this.#operand(expression.operand)}, ${expression.path.join('.')})`;
      case 'comptime':
        return `comptime ${this.expression(expression.operand)}`;
    }
  }

  /** `- -x` must not become `--x`. */
  #unary(operator: string, operand: string): string {
    return operator === '-' && operand.startsWith('-') ? `${operator}(${operand})` : `${operator}${operand}`;
  }

  /** A sign behind a type that is not known as one would be read as an operator. */
  #castOperand(operand: Expression): string {
    const text = this.expression(operand, UNARY_PRECEDENCE);
    return /^[-+*&]/.test(text) ? `(${text})` : text;
  }

  #key(key: Expression): string {
    if (key.kind !== 'tuple' || key.elements.length < 2) return this.expression(key);
    return key.elements.map((element) => this.expression(element)).join(', ');
  }

  #tuple(elements: readonly Expression[]): string {
    const texts = elements.map((element) => this.expression(element));
    return texts.length === 1 ? `(${texts[0]},)` : `(${texts.join(', ')})`;
  }

  #operand(operand: Expression | TypeExpression | TypeArgument): string {
    if (operand.kind === 'type-argument') return this.type(operand.type);
    if (operand.kind === 'type-name' || operand.kind === 'typeof') return this.type(operand);
    return this.expression(operand);
  }

  type(type: TypeExpression): string {
    if (type.kind === 'typeof') return `typeof(${this.#operand(type.operand)})`;
    let text = type.name;
    for (const modifier of type.modifiers) {
      if (modifier.kind === 'array') text += `[${modifier.length ?? ''}]`;
      else text += text.endsWith('*') || text.endsWith(']') ? '*' : ' *';
    }
    return text;
  }
}

function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end).trimEnd();
}

function attachPoint({ label, text }: AttachPointText): string {
  return label === undefined ? text : `${label}=${text}`;
}

function precedence(expression: Expression): number {
  switch (expression.kind) {
    case 'comptime':
    case 'if':
    case 'block':
      return LOWEST;
    case 'ternary':
      return TERNARY_PRECEDENCE;
    case 'binary':
      return precedenceOf(expression.operator)!;
    case 'unary':
    case 'cast':
      return UNARY_PRECEDENCE;
    case 'increment':
      return expression.prefix ? UNARY_PRECEDENCE : POSTFIX_PRECEDENCE;
    default:
      return POSTFIX_PRECEDENCE;
  }
}
