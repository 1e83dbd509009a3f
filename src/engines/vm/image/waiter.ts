// Sleeping until there are records.

export class Waiter {
  #resolve: (() => void) | undefined;
  /** Woken while nobody slept. */
  #woken = false;

  /** Resolves after the time, or when woken. */
  wait(milliseconds: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      // Timers and signals get their turn also when records never end.
      return new Promise((resolve) => setTimeout(resolve, 0));
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), milliseconds);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (resolve) resolve();
    else this.#woken = true;
  }
}
