import { setImmediate } from "node:timers/promises";

/**
 * Does `each` for every item, for so many at once and no more: a
 * lane takes its next item when it is done with the last. Resolves
 * when all are done. Throws what the first to fail has thrown.
 */
export async function inLanes<T>(
  lanes: number,
  items: Iterable<T> | AsyncIterable<T>,
  each: (item: T) => Promise<unknown>,
): Promise<void> {
  const source =
    Symbol.asyncIterator in items
      ? items[Symbol.asyncIterator]()
      : items[Symbol.iterator]();
  await Promise.all(Array.from({ length: lanes }, lane));

  async function lane(): Promise<void> {
    for (;;) {
      const next = await source.next();
      if (next.done) return;
      await each(next.value);
    }
  }
}

/**
 * A place to meet: all that wait for it in one turn of the event
 * loop go on together. What they send then leaves in one write.
 */
export function meeting(): () => Promise<void> {
  let turn: Promise<void> | undefined;
  const end = () => void (turn = undefined);
  return () => (turn ??= setImmediate().then(end));
}
