// A trace is the story of one order across programs. It travels in
// the header `traceparent`, which W3C has laid down: a trace id that
// stays the same all the way, and a span id that is new at each step.
//
//   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//      trace id                         span id
//
// OpenTelemetry's propagator reads and writes it. This file is done.

import { randomBytes } from "node:crypto";
import type { MsgHdrs } from "@nats-io/transport-node";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Context } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

/** Where an order comes from: its trace, and the caller's number. */
export interface Journey {
  context: Context;
  correlationId: string;
}

const propagator = new W3CTraceContextPropagator();

/** The journey a message is on; a new one where it has none. */
export function journeyOf(headers?: MsgHdrs): Journey {
  const context = propagator.extract(ROOT_CONTEXT, headers, {
    get: (from, name) => from?.get(name) || undefined,
    keys: (from) => from?.keys() ?? [],
  });
  const known = trace.getSpanContext(context) !== undefined;
  return {
    context: known ? context : begin(context),
    correlationId: headers?.get("Correlation-Id") ?? "",
  };
}

/** The headers for the next step of a journey: a call, a message. */
export function nextStep(journey: Journey): Record<string, string> {
  const span = trace.getSpanContext(journey.context)!;
  const next = { ...span, spanId: random(8) };
  const { correlationId } = journey;
  const carrier: Record<string, string> = correlationId
    ? { "Correlation-Id": correlationId }
    : {};
  propagator.inject(
    trace.setSpanContext(journey.context, next),
    carrier,
    { set: (into, name, value) => (into[name] = value) },
  );
  return carrier;
}

function begin(context: Context): Context {
  const ids = { traceId: random(16), spanId: random(8) };
  return trace.setSpanContext(context, { ...ids, traceFlags: 1 });
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
