// `let @name = lruhash(100);`

import type { Diagnostics } from '../../../base/diagnostic.ts';
import { nearest } from '../../../base/text.ts';
import type { MapDeclaration } from '../ast.ts';

/** What a map may be declared to be. */
export const MAP_KINDS = ['hash', 'lruhash', 'percpuhash', 'percpulruhash'] as const;

/** The declarations of maps by name; reports kinds and sizes that make no sense. */
export function checkMapDeclarations(
  declarations: readonly MapDeclaration[],
  diagnostics: Diagnostics,
): Map<string, MapDeclaration> {
  const result = new Map<string, MapDeclaration>();
  for (const declaration of declarations) {
    if (result.has(declaration.name)) {
      diagnostics.error('redeclared', `Redeclaration of existing map: ${declaration.name}`, declaration.nameSpan);
    }
    if (!(MAP_KINDS as readonly string[]).includes(declaration.mapKind)) unknownKind(declaration, diagnostics);
    if (declaredEntries(declaration) === undefined) {
      diagnostics.error('map-entries', 'A map needs a positive literal number of entries', declaration.maxEntries.span);
    }
    result.set(declaration.name, declaration);
  }
  return result;
}

function unknownKind(declaration: MapDeclaration, diagnostics: Diagnostics): void {
  const report = diagnostics.error('map-kind', `Invalid bpf map type: ${declaration.mapKind}`, declaration.mapKindSpan);
  const meant = nearest(declaration.mapKind, MAP_KINDS);
  report.hint(meant ? `did you mean '${meant}'?` : `Valid map types: ${MAP_KINDS.join(', ')}`);
}

/** How many entries were asked for, or undefined when that is no number that a map can have. */
export function declaredEntries(declaration: MapDeclaration): number | undefined {
  const { maxEntries } = declaration;
  if (maxEntries.kind !== 'integer' || maxEntries.value < 1n || maxEntries.value > 0x7fff_ffffn) return undefined;
  return Number(maxEntries.value);
}
