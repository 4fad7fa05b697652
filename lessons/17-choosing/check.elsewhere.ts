import type { Argument, Mistake, Situation } from "./check.situations.ts";

const right = (says: string, see: string): Argument => ({ says, see });
const wrong = (mistake: Mistake, says: string, see: string): Argument => ({ says, see, mistake });
const BRIDGE = "The bank's side stays as it is, so you would write a bridge to AMQP, and priorities and expiry after it.";

/** Situations in which something else has it already. */
export const ANOTHER_HOUSE: Situation[] = [
  {
    id: "click-history",
    decides: "joins, windows and connectors that exist already",
    answers: {
      "kafka": right("A partitioned log that many read again, and the stream processors and connectors that come with it.", "docs/comparison.md, K1"),
      "jetstream": wrong("builds-what-exists", "It keeps a year, and replays it to all four teams. The joins, the windows and the connectors you would write.", "lesson 9; docs/comparison.md, N1"),
      "rabbitmq": wrong("builds-what-exists", "Its streams can be read again. The joins, the windows and the connectors you would write.", "docs/comparison.md, R1"),
      "database": wrong("builds-what-exists", "It is where the results end. To take in 300,000 clicks a second you would build a log in front of it.", "docs/comparison.md, K1"),
      "http": wrong("forgets", "Calls are not kept. Four teams want to read a year of them.", "lesson 1"),
      "core-nats": wrong("forgets", "It is quick enough, and it keeps nothing: the teams want to read a year again.", "lesson 2"),
      "request-reply": wrong("forgets", "It keeps nothing, and nobody asks a question here.", "lesson 3"),
      "kv": wrong("forgets", "A key keeps its newest values. A year of clicks is history and no state.", "lesson 9"),
    },
  },
  {
    id: "bank-messages",
    decides: "AMQP, priority and expiry, by the operators' rules",
    answers: {
      "rabbitmq": right("It speaks AMQP, and priorities, expiry and dead-lettering are settings that operators make.", "docs/comparison.md, R1 and R8"),
      "core-nats": wrong("builds-what-exists", `nats-server speaks its own protocol, and MQTT. ${BRIDGE}`, "docs/comparison.md, N1"),
      "request-reply": wrong("builds-what-exists", `nats-server speaks its own protocol, and MQTT. ${BRIDGE}`, "docs/comparison.md, N1"),
      "jetstream": wrong("builds-what-exists", `nats-server speaks its own protocol, and MQTT. ${BRIDGE}`, "docs/comparison.md, N1"),
      "kv": wrong("builds-what-exists", `nats-server speaks its own protocol, and MQTT. ${BRIDGE}`, "docs/comparison.md, N1"),
      "kafka": wrong("builds-what-exists", `Kafka speaks its own protocol. ${BRIDGE}`, "docs/comparison.md, K7"),
      "http": wrong("builds-what-exists", `Nobody at the bank speaks HTTP here. ${BRIDGE}`, "lesson 1"),
      "database": wrong("builds-what-exists", `A table speaks no AMQP. ${BRIDGE}`, "docs/comparison.md, R8"),
    },
  },
];

/** Situations in which a word of one system is taken for a word of another. */
export const FALSE_FRIENDS: Situation[] = [
  {
    id: "bookings-in-order",
    decides: "one account, one copy at a time, and no code of yours for that",
    answers: {
      "kafka": right("The account is the key, a key has its partition, and a group gives each partition to one copy. When a copy dies its partitions go to others.", "docs/comparison.md, K1"),
      "rabbitmq": right("A super stream with a single active consumer for each partition does the same.", "docs/comparison.md, R1 and R4"),
      "jetstream": wrong("hands-to-anyone", "A durable is no consumer group: it knows no accounts, and gives the next message to whoever asks, so two copies book for one account at once. Lesson 11 makes partitions with a durable for each, which is right as well, and is the code that nobody wanted to write.", "lesson 11"),
      "core-nats": wrong("hands-to-anyone", "A queue group picks a copy at random for each message, and what a dead copy had is gone.", "lesson 4"),
      "request-reply": wrong("hands-to-anyone", "Any copy may reply, so two of them book for one account at once.", "lesson 3"),
      "http": wrong("hands-to-anyone", "A balancer picks a copy for each call. Which account belongs to which, you would write.", "lesson 4"),
      "kv": wrong("store-tells-nobody", "A bucket tells everybody, and hands out nothing. A key for each account can be a lock, and handing out the bookings in order is yours to write.", "lesson 11"),
      "database": wrong("store-tells-nobody", "A lock on the account's row keeps the order. Handing out the bookings is yours to write.", "docs/patterns.md"),
    },
  },
  {
    id: "address-per-order",
    decides: "two million destinations that nobody sets up, each with its past",
    answers: {
      "jetstream": right("A subject is an address, and costs nothing to invent. A filter reads one order's past and goes on with what comes.", "lesson 9"),
      "kv": right("A key for each event, and a watch on the order's keys: what is there first, then what comes. A bucket is a stream.", "lesson 9"),
      "kafka": wrong("subject-is-no-partition", "A topic is made of partitions, and a partition is made of files and a leader: nobody has two million. With the order as a key in one topic, a clerk reads everybody's events to see one order's.", "docs/comparison.md, K1"),
      "core-nats": wrong("forgets", "The subjects are right. What happened before the clerk opened the screen is gone.", "lesson 2"),
      "request-reply": wrong("forgets", "It keeps nothing, and the screen wants what comes next as well.", "lesson 3"),
      "rabbitmq": wrong("taken-and-gone", "A routing key is such an address too. But a queue has only what came after it was bound. A stream has the past, and a filter that is made for a few values and not for two million.", "docs/comparison.md, R1 and R13"),
      "http": wrong("store-tells-nobody", "A page can ask for the past. For what comes next it has to ask again and again.", "lesson 1"),
      "database": wrong("store-tells-nobody", "A table with an index has the past. For what comes next the screen asks again and again, or you build on what your database has for that (PostgreSQL: LISTEN and NOTIFY).", "lesson 9"),
    },
  },
  {
    id: "three-licences",
    decides: "three in the whole house, however many copies, counted by the broker",
    answers: {
      "jetstream": right("max_ack_pending counts for the durable, so for all copies together: 3 is the licence. For the same reason it is no prefetch.", "lesson 10"),
      "kafka": right("A topic with three partitions: no more than three copies of a group have one. Until somebody adds a fourth, and a slow job holds up those behind it.", "docs/comparison.md, K1"),
      "rabbitmq": wrong("prefetch-is-per-worker", "Prefetch is no max_ack_pending: it counts for one consumer. Ten copies with a prefetch of 1 are ten jobs. A single active consumer would make it count for the house, and give every job to one copy.", "docs/comparison.md, R12 and R4"),
      "core-nats": wrong("forgets", "A queue group hands out what comes, at once, and counts nothing.", "lesson 4"),
      "request-reply": wrong("forgets", "Nobody counts, and a job that finds no free copy is not kept.", "lesson 3"),
      "http": wrong("forgets", "Nobody counts for the whole house, and a call that is refused is not kept.", "lesson 1"),
      "kv": wrong("store-tells-nobody", "Three keys to create would count. Handing out the jobs, and taking them back from the dead, is yours to write.", "lesson 12"),
      "database": wrong("store-tells-nobody", "Three rows to lock would count. Handing out the jobs, and taking them back from the dead, is yours to write.", "docs/patterns.md"),
    },
  },
];
