// Visits all expressions of a tree, those inside of statements and blocks included.

import type { BlockExpression, Expression, Statement, TypeArgument, TypeExpression } from './ast.ts';

/** Calls `visit` for the expression and for every expression inside of it, outermost first. */
export function walkExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  for (const child of childrenOf(expression)) walkExpression(child, visit);
}

export function walkBlock(block: BlockExpression, visit: (expression: Expression) => void): void {
  for (const statement of block.statements) {
    for (const child of expressionsOf(statement)) walkExpression(child, visit);
  }
  if (block.value) walkExpression(block.value, visit);
}

/** The expressions that stand in a statement itself. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'expression-statement':
      return [statement.expression];
    case 'let':
      return [...ofType(statement.type), ...(statement.value ? [statement.value] : [])];
    case 'assign':
      return statement.target.kind === 'discard' ? [statement.value] : [statement.target, statement.value];
    case 'for-map':
      return [statement.map, statement.body];
    case 'for-range':
      return [statement.from, statement.to, statement.body];
    case 'while':
      return [statement.condition, statement.body];
    case 'unroll':
      return [statement.count, statement.body];
    case 'return':
      return statement.value ? [statement.value] : [];
    case 'break':
    case 'continue':
    case 'import-statement':
      return [];
  }
}

function ofType(type: TypeExpression | undefined): readonly Expression[] {
  return type?.kind === 'typeof' ? ofOperand(type.operand) : [];
}

function ofOperand(operand: Expression | TypeExpression | TypeArgument): readonly Expression[] {
  if (operand.kind === 'type-argument') return ofType(operand.type);
  if (operand.kind === 'type-name' || operand.kind === 'typeof') return ofType(operand);
  return [operand];
}

/** The expressions directly inside of an expression. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'map':
      return expression.key ? [expression.key] : [];
    case 'block':
      return [...expression.statements.flatMap(expressionsOf), ...(expression.value ? [expression.value] : [])];
    case 'call':
      return expression.args.flatMap(ofOperand);
    case 'unary':
    case 'member':
    case 'comptime':
      return [expression.operand];
    case 'increment':
      return [expression.target];
    case 'binary':
      return [expression.left, expression.right];
    case 'ternary': {
      const { condition, then, otherwise } = expression;
      return then ? [condition, then, otherwise] : [condition, otherwise];
    }
    case 'if': {
      const { condition, then, otherwise } = expression;
      return otherwise ? [condition, then, otherwise] : [condition, then];
    }
    case 'cast':
      return [...ofType(expression.type), expression.operand];
    case 'index':
      return [expression.operand, expression.index];
    case 'tuple':
      return expression.elements;
    case 'record':
      return expression.fields.map((field) => field.value);
    case 'sizeof':
    case 'offsetof':
    case 'typeinfo':
      return ofOperand(expression.operand);
    default:
      return [];
  }
}
