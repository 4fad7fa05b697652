import { defineLesson } from "#engine/lessons/define.ts";

export default defineLesson({
  title: "Greet",
  minutes: 1,
  pace: "quick",
  budget: 2_000,
  task: "Ship to everybody who is greeted.",
  programs: { greeter: { kind: "service", hears: ["greet.ada"] } },
  starter: { check: "ships", diagnosis: "ships-nothing" },
  checks: [
    { id: "ships", title: "Everybody who is greeted gets a parcel", hints: ["Who is greeted?", "Look at the subject.", "The last token is the order."] },
    { id: "counts", title: "How many parcels (shown)", graded: false, hints: ["a", "b", "c"] },
  ],
  diagnoses: [{ id: "ships-nothing", file: "greeter", says: "Your greeter hears the greeting and ships nothing.", hints: ["What does your loop do with a greeting?", "Call ship with the name as the order."] }],
});
