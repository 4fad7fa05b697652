/**
 * The flight record's vocabulary: one event model for the tap, the programs, the world and the checks.
 * Reports, pictures, diagnoses and the page read these events and nothing else.
 */

/** What was seen on the wire between a program and the server. */
export type WireKind =
  | "connect" | "subscribe" | "unsubscribe" | "publish" | "deliver"
  | "pull" | "puback" | "ack" | "nak" | "term" | "progress"
  /** The program's PING and the server's PONG: everything sent before the PING has been taken in. */
  | "ping" | "pong"
  | "status" | "error" | "disconnect";

/** Everything that can stand in a flight record: the wire, the programs, the world, the check. */
export type EventKind =
  | WireKind
  | "start" | "ready" | "signal" | "exit"
  | "call" | "answer"
  | "scene" | "fault" | "undo" | "server"
  | "count";

/** One line of the flight record. Absent fields are unknown or do not apply. */
export interface FlightEvent {
  /** Milliseconds since the record opened, on one monotonic clock. */
  t: number;
  kind: EventKind;
  /** `worker`, or `worker#2` where there are copies. */
  program?: string;
  /** 1 for the first process of that name, raised at each restart. */
  life?: number;
  /** The server's `client_id` (`cid` in /connz), once INFO was seen. */
  connection?: number;
  subject?: string;
  /** Queue group of a subscribe event. */
  queue?: string;
  /** Subscription id as the client numbered it (subscribe, unsubscribe, deliver). */
  sid?: string;
  /** Reply subject of a publish, request, pull or delivery. */
  reply?: string;
  stream?: string;
  consumer?: string;
  /** Stream sequence. */
  sequence?: number;
  consumerSequence?: number;
  /** How often this message was delivered, this time included. */
  deliveries?: number;
  /** Messages the consumer had left after this one, as the server said. */
  pending?: number;
  /** Payload bytes, headers not included. */
  size?: number;
  /** Header names in the exact case that was on the wire. */
  headers?: Record<string, string[]>;
  /** First 256 bytes of the payload; base64 when `base64` is true. */
  payload?: string;
  base64?: true;
  /**
   * Status code of a headers-only status line (`NATS/1.0 503`), `err_code` of a PubAck error or of a
   * JetStream API response that is an error (10058), or the status of a world answer.
   */
  status?: number;
  /** Replies and statuses: the subject of the request they answer. */
  request?: string;
  /** connect, disconnect: the tap's port that the program dialled. */
  port?: number;
  /** World events: the service asked (`charge`, `reserve`, `ship`, `mail`, `track`). */
  service?: string;
  /** World events: the order the call was for. */
  order?: string;
  /** World answers: whether the effect happened. */
  effect?: boolean;
  /** Pull requests: how many messages were asked for. */
  batch?: number;
  /** Pull requests: how long the server keeps them, in milliseconds. */
  expires?: number;
  /** Pull requests: the idle heartbeat asked for, in milliseconds. */
  heartbeat?: number;
  /** nak: the delay asked for, in milliseconds. */
  delay?: number;
  /** count: how many events of kind `of` this line stands for. */
  count?: number;
  of?: EventKind;
  /** Free text: a client name, an error, an exit code, a fault's name. */
  note?: string;
}

/** An event before the record has stamped it with `t`. */
export type NewEvent = Omit<FlightEvent, "t">;

/** Which process an event belongs to. */
export interface Identity {
  program: string;
  life: number;
}
