; The length of the packet, but not more than 100.
r6 = *(u32 *)(r1 +0)
if r6 <= 100 goto done
r6 = 100
done:
r0 = r6
exit
