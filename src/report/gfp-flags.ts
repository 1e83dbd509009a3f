// The kernel's memory allocation flags as names, for printf's `%gr`. Bits and names are those of Linux 6.18
// (include/linux/gfp_types.h, include/trace/events/mmflags.h); combinations come before the single bits that they are
// made of, and what was named is taken away, as the kernel's own trace output does.

const DMA = 1 << 0;
const HIGHMEM = 1 << 1;
const DMA32 = 1 << 2;
const MOVABLE = 1 << 3;
const HIGH = 1 << 5;
const IO = 1 << 6;
const FS = 1 << 7;
const DIRECT_RECLAIM = 1 << 10;
const KSWAPD_RECLAIM = 1 << 11;
const NOWARN = 1 << 13;
const COMP = 1 << 18;
const NOMEMALLOC = 1 << 19;
const HARDWALL = 1 << 20;
const ACCOUNT = 1 << 22;

const RECLAIM = DIRECT_RECLAIM | KSWAPD_RECLAIM;
const KERNEL = RECLAIM | IO | FS;
const USER = KERNEL | HARDWALL;
const HIGHUSER_MOVABLE = USER | HIGHMEM | MOVABLE;
const TRANSHUGE_LIGHT = (HIGHUSER_MOVABLE | COMP | NOMEMALLOC | NOWARN) & ~RECLAIM;

const NAMES: readonly (readonly [number, string])[] = [
  [TRANSHUGE_LIGHT | DIRECT_RECLAIM, 'GFP_TRANSHUGE'],
  [TRANSHUGE_LIGHT, 'GFP_TRANSHUGE_LIGHT'],
  [HIGHUSER_MOVABLE, 'GFP_HIGHUSER_MOVABLE'],
  [USER | HIGHMEM, 'GFP_HIGHUSER'],
  [USER, 'GFP_USER'],
  [KERNEL | ACCOUNT, 'GFP_KERNEL_ACCOUNT'],
  [KERNEL, 'GFP_KERNEL'],
  [RECLAIM | IO, 'GFP_NOFS'],
  [HIGH | KSWAPD_RECLAIM, 'GFP_ATOMIC'],
  [RECLAIM, 'GFP_NOIO'],
  [KSWAPD_RECLAIM | NOWARN, 'GFP_NOWAIT'],
  [DMA, 'GFP_DMA'],
  [DMA32, 'GFP_DMA32'],
  [HIGHMEM, '__GFP_HIGHMEM'],
  [MOVABLE, '__GFP_MOVABLE'],
  [1 << 4, '__GFP_RECLAIMABLE'],
  [HIGH, '__GFP_HIGH'],
  [IO, '__GFP_IO'],
  [FS, '__GFP_FS'],
  [1 << 8, '__GFP_ZERO'],
  [DIRECT_RECLAIM, '__GFP_DIRECT_RECLAIM'],
  [KSWAPD_RECLAIM, '__GFP_KSWAPD_RECLAIM'],
  [1 << 12, '__GFP_WRITE'],
  [NOWARN, '__GFP_NOWARN'],
  [1 << 14, '__GFP_RETRY_MAYFAIL'],
  [1 << 15, '__GFP_NOFAIL'],
  [1 << 16, '__GFP_NORETRY'],
  [1 << 17, '__GFP_MEMALLOC'],
  [COMP, '__GFP_COMP'],
  [NOMEMALLOC, '__GFP_NOMEMALLOC'],
  [HARDWALL, '__GFP_HARDWALL'],
  [1 << 21, '__GFP_THISNODE'],
  [ACCOUNT, '__GFP_ACCOUNT'],
  [1 << 23, '__GFP_ZEROTAGS'],
  [1 << 24, '__GFP_NO_OBJ_EXT'],
];

/** `GFP_KERNEL|__GFP_ZERO`; bits without a name in hexadecimal, no bits as `none`. */
export function gfpFlags(flags: number): string {
  if (flags === 0) return 'none';
  const names: string[] = [];
  let rest = flags;
  for (const [bits, name] of NAMES) {
    if ((rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.join('|');
}
