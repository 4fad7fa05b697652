import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

export default defineLesson({
  title: "Ask, and know what silence means",
  part: 2,
  minutes: 12,
  pace: "quick",
  budget: 4_000,
  task: "Answer a refused request too, and give each of the four outcomes of a request an exit code of its own.",
  programs: {
    prices: { kind: "service", copies: true, hears: ["prices.get"] },
    quote: { kind: "once" },
  },
  starter: { check: "refuses-unknown-sku", diagnosis: "silence-on-error" },
  checks: [
    {
      id: "answers",
      title: "A request gets its price",
      at: "#a-request-is-two-messages",
      hints: [
        "A reply is a message as well. On which subject does it travel, and who has chosen that subject?",
        "Look at what a request brings along besides its body, in the section \"A request is two messages\".",
        "Call `respond` on the message of the request, with the price of the whole quantity as JSON, from the list that `PRICES_FILE` names.",
      ],
    },
    {
      id: "refuses-unknown-sku",
      title: "An unknown sku is refused, and quote says so",
      at: "#no-is-an-answer",
      hints: [
        "Your service knows that there is no such sku. Who else should know, and what do they hear of it?",
        "Look at `refuse` in prices.ts: where does its text go? Then at quote.ts: which part of a reply says that it is no price?",
        "Make headers with `headers()`, set the two names of the contract, and send them with `respond`. In quote.ts, read the code with `get` before you read the body: a code means exit code 4.",
      ],
    },
    {
      id: "survives-nonsense",
      title: "A body that is no JSON does not end the service",
      at: "#no-is-an-answer",
      hints: [
        "What happens to the loop over the requests when one turn of it throws?",
        "Find the place where the body is parsed, and follow what happens to an error from there.",
        "Catch the error where the body is read, and answer it with code 400, as an unknown sku is answered with 404.",
      ],
    },
    {
      id: "nobody-there",
      title: "Nobody is there: quote knows at once",
      at: "#two-kinds-of-silence",
      hints: [
        "Nobody has subscribed to the subject. Who knows that, and does it tell you?",
        "Look at the error that `nc.request` throws, and at its `cause`. The section \"Two kinds of silence\" names the classes.",
        "When the error's `cause` is a `NoRespondersError`, which is in `errors` of the client, the exit code is 2. There is nothing to wait for.",
      ],
    },
    {
      id: "too-slow",
      title: "Somebody is there but too slow: quote waits, and then says so",
      at: "#two-kinds-of-silence",
      hints: [
        "The request has arrived and no reply comes. Has the work been done?",
        "The error of a request that ran out of time is another one than that of a request that nobody could get.",
        "When the error itself is a `TimeoutError`, which is in `errors` of the client, the exit code is 3. The time is `TIMEOUT_MS`, and there is no second request.",
      ],
    },
    {
      id: "scales-out",
      title: "Three copies of prices: each request is answered once",
      at: "#contract",
      hints: [
        "Three copies subscribe to the same subject. To how many of them does the server send one request?",
        "Look at the options of `nc.subscribe` in prices.ts, as you found the file.",
        "The option `queue` with the same name in each copy makes them a queue group: each request goes to one member.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "every-copy-answers",
      checks: ["scales-out"],
      file: "prices",
      row: 14,
      says: "The copies of your service are in no common queue group, so the server sends each request to every one of them. All do the work, and the one who asked reads the first reply only. Subscribe with the same queue group in each copy.",
    },
    {
      id: "handler-dies",
      checks: ["refuses-unknown-sku", "survives-nonsense"],
      file: "prices",
      row: 15,
      says: (e) => `After one request that your service could not answer, it answers nobody any more: ${endOfPrices(e)}. An error that leaves a callback, or the loop over a subscription, ends more than that one request. Catch it, and answer with a refusal.`,
    },
    {
      id: "silence-on-error",
      hints: ["Your service knows that it cannot answer. How long does the one who asked wait to learn that?", "Only prices.ts is to change here: `refuse` has the request in its hands, and `respond` takes headers as its second argument."],
      checks: ["refuses-unknown-sku", "survives-nonsense"],
      file: "prices",
      row: 15,
      says: "Your service got the request, found that it cannot answer it, and sent no reply. Whoever asks waits for the whole time-out and cannot tell a wrong sku from a slow service. Answer with a refusal: headers that say why.",
    },
    {
      id: "refusal-without-code",
      hints: ["Programs read your refusal, and they compare names letter by letter. Which names does the contract give?", "Set Nats-Service-Error-Code and Nats-Service-Error, with these capitals, on an object made by `headers()`, and pass it to `respond` as `{ headers: … }`."],
      checks: ["refuses-unknown-sku", "survives-nonsense"],
      file: "prices",
      says: (e) => `Your service replied, but the reply does not say in the way of the contract that it is a refusal: ${headersOf(e)}. It takes Nats-Service-Error-Code, 404 for an unknown sku and 400 for a body that is no JSON. Header names are compared letter by letter, capitals included.`,
    },
    {
      id: "replies-elsewhere",
      checks: ["answers"],
      file: "prices",
      says: "No reply came to the inbox that the request named. The reply subject comes with each request, and differs each time: use respond on the message, or publish to its reply.",
    },
    {
      id: "wrong-price",
      checks: ["answers"],
      file: "prices",
      says: "Your service answered with another price than its list gives. It takes the list from the file that PRICES_FILE names, and amountCents is for all pieces together: the quantity times the price of one.",
    },
    {
      id: "any-header-refuses",
      hints: ["The reply has a header, and not the one of a refusal. What does `get` give for a name that is not among a reply's headers?", "`get` gives `\"\"` then, and not `undefined`: test whether there is a code at all, as in `if (code)`."],
      checks: ["answers"],
      file: "quote",
      says: (e) => `quote got a price with the header Content-Type and ended with ${e.facts.exit}. A reply may carry headers that have nothing to do with refusals, and asked for a name that is not among them, get gives "" and not undefined. Only a reply with a Nats-Service-Error-Code is a refusal.`,
    },
    {
      id: "price-not-recognised",
      hints: ["The reply was a price. Which branch of quote.ts did it take?", "A reply without any headers has `undefined` in their place. Only one that carries Nats-Service-Error-Code is a refusal."],
      checks: ["answers"],
      file: "quote",
      says: (e) => `quote got a price and ended with ${e.facts.exit}. A reply that carries no headers has none at all: reply.headers is undefined then. Only a reply with Nats-Service-Error-Code is a refusal.`,
    },
    {
      id: "publishes-before-it-listens",
      hints: ["A reply may come back within a millisecond. Who listens at that moment?", "Subscribe to the inbox first and publish the request after it, on the same connection. `nc.request` does both in this order."],
      file: "quote",
      says: "quote publishes its request and only then subscribes to the inbox it named. What the server or a service sends in between is lost: core NATS keeps nothing for a subscriber that comes later. Subscribe first.",
    },
    {
      id: "refusal-by-its-looks",
      hints: ["quote has seen one refusal for what it is, and another one not. What do all refusals of the contract have in common?", "Neither the number in the header nor the body decides: a reply that has a Nats-Service-Error-Code at all is a refusal. Test whether there is a code."],
      checks: ["refuses-unknown-sku"],
      file: "quote",
      says: (e) => `quote saw that an unknown sku was refused with 404. Then a service refused with 403 and a body, and quote ended with ${e.facts.exit}. Services refuse for many reasons, and the body is free: any reply with a Nats-Service-Error-Code is a refusal.`,
    },
    {
      id: "takes-refusal-for-price",
      hints: ["quote got a reply, and the reply is a refusal. Which part of it says so, the body or the headers?", "Only quote.ts is to change here. Read the header with `get` before you use the body; if there is a code, the exit code is 4."],
      checks: ["refuses-unknown-sku"],
      file: "quote",
      says: (e) => `quote got a refusal and ${e.facts.exit === 0 ? "took it for a price" : `did not see that it is one: it ended with ${e.facts.exit}`}. No error is thrown for a refusal, because to the client it is a reply like any other. Look for the header Nats-Service-Error-Code before you read the body; capitals count in its name.`,
    },
    {
      id: "no-responders-as-timeout",
      checks: ["nobody-there"],
      file: "quote",
      row: 11,
      says: (e) => `The server told quote at once that nobody listens on prices.get (status 503), and quote ${e.facts.exit === undefined ? "waits on as if somebody did" : `ended with ${e.facts.exit}, as if somebody did`}. The client throws an error whose cause is a NoRespondersError: that is exit code 2.`,
    },
    {
      id: "retries-blindly",
      hints: ["Your program asks a second time. What if the first request is still being worked on?", "One call of `nc.request`, outside any loop. What came of it goes into the exit code, and who started the program decides."],
      file: "quote",
      row: 13,
      says: "quote asked more than once. A time-out does not say that the work was not done, only that no reply came in time. The second request may be the second time it is done. Ask once; whether to ask again is for the caller to decide.",
    },
    {
      id: "waits-forever",
      hints: ["What keeps quote alive: a reply that does not come, or a connection that nobody closes?", "Give the request its `timeout`, and close the connection at the end, whatever came of it."],
      file: "quote",
      says: (e) => `quote is still running. ${e.check === "too-slow" || e.check === "nobody-there" ? "It waits for a reply and has no end to its patience: give the request the time-out that TIMEOUT_MS names" : "It has its reply, and something keeps the program alive, most likely the open connection: close it when you are done"}.`,
    },
    {
      id: "timeout-without-a-name",
      checks: ["too-slow"],
      file: "quote",
      row: 11,
      says: (e) => `A service had the request and did not answer in time, and quote ended with ${e.facts.exit}. That is another outcome than "nobody is there": the work may have been done. The client throws a TimeoutError: that is exit code 3.`,
    },
    {
      id: "gives-up-early",
      hints: ["Who says how long quote may wait?", "TIMEOUT_MS does, in milliseconds. Pass it as the option `timeout`; without the option a request waits one second."],
      checks: ["too-slow"],
      file: "quote",
      row: 15,
      says: (e) => `quote gave up after ${e.facts.waited} ms, and TIMEOUT_MS said 2000. Without the option timeout, nc.request waits 1000 ms, whatever the environment says.`,
    },
  ],
  questions: [
    {
      ask: "No price service runs, and quote may wait up to 20 seconds. When does it know?",
      options: ["after 20 seconds", "at once", "never"],
      answer: "At once: the server knows that nobody has subscribed, and says so with a status 503 instead of a reply.",
    },
    {
      ask: "The service runs, and it has no such product. What does the starter of quote print?",
      options: ["that there is no such product", "a time-out", "an empty price"],
      answer: "`no price: timeout`. The service refuses in its own log, and to the one who asks that looks like a slow service. With the refusal sent and its headers not read it is worse: `priced:`, and nothing behind it.",
    },
  ],
  next: [
    "start two copies of prices by hand and stop one with Ctrl-C while you ask: nobody who asks is told which one answers",
  ],
});

function endOfPrices(e: Evidence): string {
  const ended = e.programs.find((program) => program.role === "prices" && program.exit && e.scene.some((event) => event.kind === "exit" && event.program === program.name));
  if (ended) return ended.exit?.signal ? `it was ended by ${ended.exit.signal}` : `it ended with exit code ${ended.exit?.code}`;
  const cut = e.scene.some((event) => event.kind === "disconnect" && event.program?.startsWith("prices"));
  return cut ? "the process is alive, its connection is closed" : "the process is alive, and does nothing with what it gets";
}

function headersOf(e: Evidence): string {
  const names = e.facts.headers as string[];
  return names.length > 0 ? `its headers are ${names.join(" and ")}` : "it has no headers";
}
