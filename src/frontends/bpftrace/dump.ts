// The tree of a script for people (`-d ast`): one node a line, children indented below it.

import type { AttachPointText, BlockExpression, Expression, Item, Script, Statement, TypeArgument } from './ast.ts';
import { formatType } from './format.ts';
import { quote } from './parse/literals.ts';

/** A node as its line and its children. */
interface Node {
  readonly line: string;
  readonly children: readonly Node[];
}

const node = (line: string, ...children: Node[]): Node => ({ line, children });

/** The tree as text that ends with a newline. */
export function dumpScript(script: Script): string {
  const definitions = script.definitions.map(({ text }) => node(`definition ${text.split('\n').join('\n    ')}`));
  const config = script.config.map(({ key, value }) => node(`config ${key} = ${value}`));
  const imports = script.imports.map(({ path }) => node(`import ${quote(path)}`));
  return render(node('script', ...definitions, ...config, ...imports, ...script.items.map(item)), '');
}

/** The tree of one expression. */
export function dumpExpression(of: Expression): string {
  return render(expression(of), '');
}

function render({ line, children }: Node, indent: string): string {
  return `${indent}${line}\n${children.map((child) => render(child, `${indent}  `)).join('')}`;
}

function item(one: Item): Node {
  switch (one.kind) {
    case 'probe': {
      const predicate = one.predicate ? [node('predicate', expression(one.predicate))] : [];
      return node('probe', ...one.attachPoints.map(attachPoint), ...predicate, ...block(one.body));
    }
    case 'macro': {
      const parameters = one.parameters.map(({ kind, name }) =>
        node(`parameter ${kind === 'variable' ? '$' : ''}${name}`),
      );
      return node(`macro ${one.name}`, ...parameters, ...block(one.body));
    }
    case 'fn': {
      const parameters = one.parameters.map(({ name, type }) => node(`parameter $${name} : ${formatType(type)}`));
      return node(`fn ${one.name} : ${formatType(one.returns)}`, ...parameters, ...block(one.body));
    }
    case 'map-declaration':
      return node(`let ${one.name} = ${one.mapKind}`, expression(one.maxEntries));
  }
}

function attachPoint({ label, text }: AttachPointText): Node {
  return node(`attach ${label === undefined ? '' : `${label} = `}${text}`);
}

function block(one: BlockExpression): Node[] {
  return [...one.statements.map(statement), ...(one.value ? [node('value', expression(one.value))] : [])];
}

function statement(one: Statement): Node {
  switch (one.kind) {
    case 'expression-statement':
      return expression(one.expression);
    case 'let': {
      const type = one.type ? ` : ${formatType(one.type)}` : '';
      return node(`let $${one.name}${type}`, ...optional(one.value));
    }
    case 'assign': {
      const target = one.target.kind === 'discard' ? node('_') : expression(one.target);
      return node(`assign ${one.operator ?? ''}=`, target, expression(one.value));
    }
    case 'for-map':
      return node(`for $${one.variable}`, expression(one.map), node('body', ...block(one.body)));
    case 'for-range': {
      const range = node('range', expression(one.from), expression(one.to));
      return node(`for $${one.variable}`, range, node('body', ...block(one.body)));
    }
    case 'while':
      return node('while', expression(one.condition), node('body', ...block(one.body)));
    case 'unroll':
      return node('unroll', expression(one.count), node('body', ...block(one.body)));
    case 'break':
    case 'continue':
      return node(one.kind);
    case 'return':
      return node('return', ...optional(one.value));
    case 'import-statement':
      return node(`import ${quote(one.path)}`);
  }
}

function optional(one: Expression | undefined): Node[] {
  return one ? [expression(one)] : [];
}

function expression(one: Expression): Node {
  switch (one.kind) {
    case 'variable':
      return node(`variable $${one.name}`);
    case 'map':
      return node(`map ${one.name}`, ...optional(one.key));
    case 'block':
      return node('block', ...block(one));
    case 'integer':
      return node(`integer ${one.value}${one.text === String(one.value) ? '' : ` (${one.text})`}`);
    case 'boolean':
      return node(`boolean ${one.value}`);
    case 'string':
      return node(`string ${quote(one.value)}`);
    case 'positional':
      return node(`parameter $${one.index}`);
    case 'positional-count':
      return node('parameter $#');
    case 'identifier':
      return node(`name ${one.name}`);
    case 'call':
      return node(`call ${one.name}`, ...one.args.map(operand));
    case 'unary':
      return node(`unary ${one.operator}`, expression(one.operand));
    case 'increment':
      return node(`${one.prefix ? 'before' : 'after'} ${one.operator}`, expression(one.target));
    case 'binary':
      return node(`binary ${one.operator}`, expression(one.left), expression(one.right));
    case 'ternary':
      return node('ternary', expression(one.condition), ...optional(one.then), expression(one.otherwise));
    case 'if': {
      const otherwise = one.otherwise ? [node('else', expression(one.otherwise))] : [];
      return node('if', expression(one.condition), node('then', ...block(one.then)), ...otherwise);
    }
    case 'cast':
      return node(`cast ${formatType(one.type)}`, expression(one.operand));
    case 'member':
      return node(`member ${one.arrow ? '->' : '.'}${one.member}`, expression(one.operand));
    case 'index':
      return node('index', expression(one.operand), expression(one.index));
    case 'tuple':
      return node('tuple', ...one.elements.map(expression));
    case 'record':
      return node('record', ...one.fields.map(({ name, value }) => node(`field ${name}`, expression(value))));
    case 'sizeof':
    case 'typeinfo':
      return node(one.kind, operand(one.operand));
    case 'offsetof':
      return node(`offsetof ${one.path.join('.')}`, operand(one.operand));
    case 'comptime':
      return node('comptime', expression(one.operand));
  }
}

function operand(one: Extract<Expression, { kind: 'sizeof' }>['operand'] | TypeArgument): Node {
  if (one.kind === 'type-argument') return node(`type ${formatType(one.type)}`);
  if (one.kind === 'type-name' || one.kind === 'typeof') return node(`type ${formatType(one)}`);
  return expression(one);
}
