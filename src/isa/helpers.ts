// Helper functions by name and by number.

import { nearest } from '../base/text.ts';
import { helperTable } from './helper-table.ts';
import type { Helper } from './helper-types.ts';

/** The name of a helper without `bpf_`. */
export type HelperName = (typeof helperTable)[number]['name'];

/** All helpers, ordered by number. */
export const helpers: readonly (Helper & { readonly name: HelperName })[] = helperTable;

const byName = new Map<string, Helper>(helpers.map((helper) => [helper.name, helper]));

/** The helper of a number, or undefined. */
export function helperById(id: number): Helper | undefined {
  return helpers[id - 1];
}

/** The helper of a name, with or without `bpf_`, or undefined. */
export function helperByName(name: string): Helper | undefined {
  return byName.get(name.startsWith('bpf_') ? name.slice(4) : name);
}

/** The number of a helper that is known to exist. */
export function helperId(name: HelperName): number {
  return byName.get(name)!.id;
}

/** The name that the kernel prints for a helper's number: `bpf_map_lookup_elem`, or `unknown`. */
export function helperTitle(id: number): string {
  if (id === 0) return 'bpf_unspec';
  const helper = helperById(id);
  return helper ? `bpf_${helper.name}` : 'unknown';
}

/** The helper that a person most likely meant, with `bpf_` when they wrote it. */
export function nearestHelper(name: string): string | undefined {
  const prefix = name.startsWith('bpf_') ? 'bpf_' : '';
  const found = nearest(name.slice(prefix.length), byName.keys());
  return found === undefined ? undefined : prefix + found;
}
