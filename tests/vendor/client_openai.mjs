// Drive OpenAI's SDK for JavaScript and Vercel's AI SDK against a local server; print what each heard as JSON.
//
// Usage: node client_openai.mjs URL, in an environment with openai, ai and @ai-sdk/openai.
import OpenAI from "openai";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_generateSpeech as generateSpeech } from "ai";

const baseURL = `${process.argv[2]}/v1`;
const client = new OpenAI({ baseURL, apiKey: "sk-none" });
const asked = { model: "gpt-4o-mini-tts", voice: "alloy", input: "Hello there, my friend." };
const heard = {};
for (const response_format of ["mp3", "pcm", "wav", "aac", "opus", "flac"]) {
  const answer = await client.audio.speech.create({ ...asked, response_format, instructions: "cheerful" });
  heard[response_format] = (await answer.arrayBuffer()).byteLength;
}
const streamed = await client.audio.speech.create({ ...asked, response_format: "pcm" });
heard.pieces = 0;
for await (const piece of streamed.body) heard.pieces += piece.length;
heard.models = (await client.models.list()).data.map((model) => model.id);
heard.model = (await client.models.retrieve("gpt-4o-mini-tts-2025-12-15")).id;
try {
  await client.models.retrieve("gpt-9");
} catch (fault) {
  heard.refused = [fault.constructor.name, fault.status, fault.code];
}
try {
  await client.audio.speech.create({ ...asked, voice: "nobody" });
} catch (fault) {
  heard.voice = [fault.constructor.name, fault.status, fault.param];
}
const speech = await generateSpeech({
  model: createOpenAI({ baseURL, apiKey: "sk-none" }).speech("tts-1"),
  text: "Hello there, my friend.",
  voice: "nova",
  outputFormat: "wav",
  speed: 1.5,
  instructions: "calm",
});
heard.ai = [speech.audio.uint8Array.length, speech.audio.mediaType, speech.warnings.length];
console.log(JSON.stringify(heard));
