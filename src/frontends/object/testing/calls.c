#include "bpf.h"
/* Calls between functions of .text, of the same section and of others; maps of the old section; texts; names of the kernel. */
struct bpf_map_def { unsigned type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def SEC("maps") old = {.type = 2, .key_size = 4, .value_size = 8, .max_entries = 2};
struct bpf_map_def SEC("maps") older = {.type = 1, .key_size = 8, .value_size = 8, .max_entries = 3, .map_flags = 1};
static long (*bpf_trace_printk)(const char *format, __u32 size, ...) = (void *)6;
static long (*bpf_for_each_map_elem)(void *map, void *callback, void *context, __u64 flags) = (void *)164;
struct task_struct;
extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern const int bpf_prog_active __ksym;
extern const void no_such_symbol __ksym __weak;
struct pair { __u64 a, b; };

static __noinline __u64 leaf(__u64 x) { return x * 3 + 1; }
static __noinline __u64 twice(__u64 x) { return leaf(x) + leaf(x + 1); }
__noinline __hidden __u64 hidden(__u64 x) { return twice(x) ^ 5; }
__noinline int global(struct pair *pair) { return pair ? pair->a + pair->b : 0; }
static long each(void *map, __u32 *key, __u64 *value, void *context)
{
  *(__u64 *)context += *key;
  return 0;
}
SEC("socket/a") int a(struct __sk_buff *skb)
{
  struct pair pair = {skb->len, 2};
  __u64 sum = 0;
  __u32 key = 1;
  if (!bpf_map_lookup_elem(&old, &key))
    return -1;
  bpf_for_each_map_elem(&old, each, &sum, 0);
  return twice(skb->len) + hidden(3) + global(&pair) + sum * 1000;
}
SEC("socket/b") int b(struct __sk_buff *skb) { return leaf(7); }
SEC("tp/sched/sched_switch") int text(void *ctx)
{
  static const char format[] = "hello %d";
  bpf_trace_printk(format, sizeof(format), 7);
  bpf_trace_printk("bye", 4);
  return 0;
}
SEC("raw_tp/sys_enter") int names(void *ctx)
{
  if (&no_such_symbol)
    return 1;
  return bpf_prog_active;
}
SEC("tp_btf/task_newtask") int kernel_function(__u64 *ctx)
{
  return bpf_task_acquire((void *)ctx[0]) != 0;
}
char _license[] SEC("license") = "GPL";
