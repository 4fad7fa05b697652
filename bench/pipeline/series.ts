import { consumePipeline, END_TO_END, publishPipeline, publishUntraced, WAY_IN, WAY_OUT, workersPipeline, type Given, type Run } from "./runs.ts";

/** One line of a table: the ratio of `run` to the baseline of its series, measured in the same rounds. */
export interface Point {
  label: string;
  run: Run;
  /** What `run` is held against. */
  against: Run;
  given?: Partial<Given>;
  /** What the baseline is given; the same as `run` when absent. */
  base?: Partial<Given>;
}

/** What one number does to the pipeline. */
export interface Series {
  id: string;
  title: string;
  /** What 1.0 means. */
  baseline: string;
  points: Point[];
  /** True: `the pipeline` is to reach 80 %. */
  goal?: boolean;
}

const bareIn = WAY_IN["bare client"]!;
const bareOut = WAY_OUT["bare client"]!;
const { bare, pipeline } = END_TO_END;

/** So many times more messages where only the way out is measured: it is so fast that a run would be over before it is compiled. */
const LONGER = 5;

/** Everything that is measured, in the order of the report. */
export function allSeries(count: number): Series[] {
  return [
    { id: "in", title: "The way in, stage by stage", baseline: "bare client: windowed publishing of ready texts into a stream with limits", goal: true, points: stages(WAY_IN, bareIn) },
    { id: "out", title: "The way out, stage by stage", baseline: "bare client: consume and ack from a stream with limits", goal: true, points: stages(WAY_OUT, bareOut).map((point) => ({ ...point, given: { count: count * LONGER }, base: { count: count * LONGER } })) },
    { id: "through", title: "End to end: in and out at once, in one process", baseline: "bare client on the same work queue, in and out at once", points: [{ label: "the pipeline", run: pipeline, against: bare }] },
    { id: "window", title: "PubAcks outstanding", baseline: "bare client with the same window", points: [1, 8, 64, 256, 1_024].map((window) => ({ label: String(window), run: publishPipeline, against: bareIn, given: { window, count: Math.min(count, window * 200) } })) },
    { id: "window-gain", title: "What a window gains", baseline: "the pipeline with a window of 1", points: [8, 64, 256, 1_024].map((window) => ({ label: String(window), run: publishPipeline, against: publishPipeline, given: { window }, base: { window: 1, count: 300 } })) },
    { id: "traces", title: "The client's option noAsyncTraces, the way in", baseline: "the pipeline as it is: the client keeps the caller's stack for each request, for a better error", points: [{ label: "without stacks", run: publishUntraced, against: publishPipeline }] },
    { id: "batch", title: "Orders asked for at once", baseline: "bare client that asks for as many", points: [8, 64, 512].map((batch) => ({ label: String(batch), run: consumePipeline, against: bareOut, given: { batch, count: count * LONGER } })) },
    { id: "payload", title: "Bytes in a message, end to end", baseline: "bare client with messages of that size", points: [200, 1_000, 8_000, 64_000].map((payload) => ({ label: payload.toLocaleString("en"), run: pipeline, against: bare, given: { payload, count: Math.min(count, Math.ceil(40_000_000 / payload)) } })) },
    { id: "workers", title: "Workers, 8 orders in hand each, 5 ms an order", baseline: "one worker", points: [2, 4, 8].map((workers) => ({ label: String(workers), run: workersPipeline, against: workersPipeline, given: { workers, batch: 16 * workers }, base: { workers: 1, batch: 16 } })) },
    { id: "replicas", title: "Servers that keep a copy (a cluster of three on this machine)", baseline: "the pipeline with one copy, on the same cluster", points: [{ label: "3", run: pipeline, against: pipeline, given: { replicas: 3 }, base: { replicas: 1 } }] },
    { id: "messages", title: "How cost grows with messages, end to end", baseline: `the rate with ${(count / 4).toLocaleString("en")} messages`, points: [1, 4].map((times) => ({ label: (count * times).toLocaleString("en"), run: pipeline, against: pipeline, given: { count: count * times }, base: { count: count / 4 } })) },
    { id: "length", title: "How cost grows with the length of the queue, the way in", baseline: "an empty queue", points: [10_000, 50_000].map((length) => ({ label: length.toLocaleString("en"), run: publishPipeline, against: publishPipeline, given: { length: Math.min(length, count * 20) }, base: { length: 0 } })) },
  ];
}

function stages(all: Record<string, Run>, against: Run): Point[] {
  return Object.entries(all).slice(1).map(([label, run]) => ({ label, run, against }));
}
