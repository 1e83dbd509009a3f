// The types that the checker found (`-d types`): for each program its variables and, line by line, its expressions.

import { positionAt } from '../../../base/source.ts';
import { formatExpression } from '../format.ts';
import type { Checked } from './checker.ts';
import type { MapInfo, VariableInfo } from './context.ts';
import { mapValueName } from './maps.ts';
import type { CheckedProgram } from './program.ts';
import { nameOf, type TypeInfo } from './types.ts';

/** The types as text that ends with a newline. */
export function dumpTypes(checked: Checked): string {
  const maps = [...checked.maps.values()].map(mapLine);
  return [...maps, ...checked.programs.map(programText)].join('');
}

function mapLine(map: MapInfo): string {
  const key = map.key ? `[${nameOf(map.key.type)}]` : '';
  return `map ${map.name}${key} : ${mapValueName(map)}\n`;
}

function programText({ scope, types, variables }: CheckedProgram): string {
  const names = scope.plan.places.map((place) => place.name).join(', ');
  let text = `probe ${names}\n`;
  for (const variable of new Set(variables.values())) text += variableLine(variable);
  for (const [node, info] of sorted(types)) {
    const { line, column } = positionAt(node.span.source, node.span.start);
    text += `  ${line}:${column} ${formatExpression(node)} : ${typeText(info)}\n`;
  }
  return text;
}

function variableLine(variable: VariableInfo): string {
  return `  let $${variable.name} : ${nameOf(variable.info.type)}\n`;
}

/** Outer expressions before those inside of them, otherwise as they stand in the script. */
function sorted(types: CheckedProgram['types']): [Parameters<typeof formatExpression>[0], TypeInfo][] {
  const all = [...types].filter(([node]) => node.kind !== 'block' && node.kind !== 'if');
  return all.sort(([a], [b]) => a.span.start - b.span.start || b.span.end - a.span.end);
}

function typeText({ type, constant }: TypeInfo): string {
  const name = nameOf(type);
  if (constant === undefined) return name;
  return `${name} = ${typeof constant === 'string' ? JSON.stringify(constant) : constant}`;
}
