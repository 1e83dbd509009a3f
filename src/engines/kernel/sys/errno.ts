// Error numbers of Linux by name. Numbers: include/uapi/asm-generic/errno-base.h and errno.h, the same on x86-64 and arm64.

/** The errors that bpf(2), perf_event_open(2) and their neighbours give, with their usual words. */
const table = [
  [1, 'EPERM', 'operation not permitted'],
  [2, 'ENOENT', 'no such file or directory'],
  [3, 'ESRCH', 'no such process'],
  [4, 'EINTR', 'interrupted system call'],
  [5, 'EIO', 'input/output error'],
  [6, 'ENXIO', 'no such device or address'],
  [7, 'E2BIG', 'argument list too long'],
  [8, 'ENOEXEC', 'exec format error'],
  [9, 'EBADF', 'bad file descriptor'],
  [10, 'ECHILD', 'no child processes'],
  [11, 'EAGAIN', 'resource temporarily unavailable'],
  [12, 'ENOMEM', 'cannot allocate memory'],
  [13, 'EACCES', 'permission denied'],
  [14, 'EFAULT', 'bad address'],
  [16, 'EBUSY', 'device or resource busy'],
  [17, 'EEXIST', 'file exists'],
  [18, 'EXDEV', 'invalid cross-device link'],
  [19, 'ENODEV', 'no such device'],
  [20, 'ENOTDIR', 'not a directory'],
  [21, 'EISDIR', 'is a directory'],
  [22, 'EINVAL', 'invalid argument'],
  [23, 'ENFILE', 'too many open files in system'],
  [24, 'EMFILE', 'too many open files'],
  [25, 'ENOTTY', 'inappropriate ioctl for device'],
  [26, 'ETXTBSY', 'text file busy'],
  [27, 'EFBIG', 'file too large'],
  [28, 'ENOSPC', 'no space left on device'],
  [29, 'ESPIPE', 'illegal seek'],
  [30, 'EROFS', 'read-only file system'],
  [32, 'EPIPE', 'broken pipe'],
  [33, 'EDOM', 'numerical argument out of domain'],
  [34, 'ERANGE', 'numerical result out of range'],
  [36, 'ENAMETOOLONG', 'file name too long'],
  [38, 'ENOSYS', 'function not implemented'],
  [40, 'ELOOP', 'too many levels of symbolic links'],
  [61, 'ENODATA', 'no data available'],
  [62, 'ETIME', 'timer expired'],
  [74, 'EBADMSG', 'bad message'],
  [75, 'EOVERFLOW', 'value too large for defined data type'],
  [84, 'EILSEQ', 'invalid byte sequence'],
  [95, 'EOPNOTSUPP', 'operation not supported'],
  [99, 'EADDRNOTAVAIL', 'cannot assign requested address'],
  [110, 'ETIMEDOUT', 'connection timed out'],
  [114, 'EALREADY', 'operation already in progress'],
  [116, 'ESTALE', 'stale file handle'],
  // ENOTSUPP is internal to the kernel, but some bpf(2) commands let it out.
  [524, 'ENOTSUPP', 'operation not supported by the kernel'],
] as const;

export type ErrnoName = (typeof table)[number][1];

const byNumber = new Map<number, (typeof table)[number]>(table.map((entry) => [entry[0], entry]));
const byName = new Map<string, number>(table.map((entry) => [entry[1], entry[0]]));

/** `ENOENT` for 2; `errno 999` for a number without a name. */
export function errnoName(errno: number): string {
  return byNumber.get(errno)?.[1] ?? `errno ${errno}`;
}

/** What the error means, in the words of strerror(3). */
export function errnoText(errno: number): string {
  return byNumber.get(errno)?.[2] ?? 'unknown error';
}

/** The number of a name. */
export function errnoOf(name: ErrnoName): number {
  return byName.get(name)!;
}
