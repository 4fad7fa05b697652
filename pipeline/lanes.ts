import { setImmediate } from "node:timers/promises";

/**
 * Does `each` for every item, for so many at once and no more: a
 * lane takes its next item when it is done with the last. Resolves
 * when all are done. Where one fails no lane takes another; those
 * begun are waited for, and what the first has thrown is thrown.
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
  const failures: unknown[] = [];
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length === 0) return;
  await source.return?.();
  throw failures[0];

  async function lane(): Promise<void> {
    while (failures.length === 0) {
      const next = await source.next();
      if (next.done) return;
      await each(next.value).catch((error) => failures.push(error));
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
