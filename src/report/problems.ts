// The sentences for helpers that failed, where the Image gives none.

import { errorText } from '../base/errno.ts';

const MAP_FULL =
  "Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map " +
  'declaration e.g. `let @a = hash(5000)`';

const ENOENT = -2n;
const E2BIG = -7n;

/** What it means that a helper returned this. */
export function helperMessage(helper: string, returned: bigint): string {
  if (helper === 'map_update_elem' && returned === E2BIG) return MAP_FULL;
  if (helper === 'map_delete_elem' && returned === ENOENT) {
    return "Can't delete map element because it does not exist.";
  }
  if (helper === 'map_lookup_elem' && returned === 0n) return "Can't lookup map element because it does not exist.";
  return errorText(Number(returned));
}
