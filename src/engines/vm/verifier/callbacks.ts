// Helpers that call a function of the program back, and what they give it.

export type CallbackKind = 'sync' | 'async';

const kinds: Readonly<Record<string, CallbackKind>> = {
  for_each_map_elem: 'sync',
  find_vma: 'sync',
  loop: 'sync',
  user_ringbuf_drain: 'sync',
  timer_set_callback: 'async',
};

/** Whether a helper calls back before it returns, some other time, or never. */
export function callbackKind(helper: string): CallbackKind | undefined {
  return kinds[helper];
}
