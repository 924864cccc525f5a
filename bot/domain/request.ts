import { tellPair } from "./intention.ts";
import type { IntentionRequest } from "./intention-request.ts";
import { nothingWritten } from "./receipt.ts";
import type { RenewalRequest } from "./renewal.ts";

/** What somebody asks for and others decide. What the kinds have of their own is told apart here and nowhere else in the domain. */
export type Request = RenewalRequest | IntentionRequest;

export type Kind = Request["kind"];
export type RequestOf<K extends Kind> = Extract<Request, { kind: K }>;
export type RequestState = Request["state"];

/** What it is about: of the same kind and subject one is open at a time. */
export function subjectOf(request: Request): string {
  switch (request.kind) {
    case "renewal":
      return request.service;
    case "intention":
      return tellPair(request.plan);
  }
}

/** The services it touches: a freeze of any of them stops it. */
export function servicesOf(request: Request): string[] {
  switch (request.kind) {
    case "renewal":
      return [request.service];
    case "intention":
      return [request.plan.source, request.plan.destination];
  }
}

/** What it is about, as the audit log has it. */
export function detailOf(request: Request): Record<string, string> {
  switch (request.kind) {
    case "renewal":
      return { service: request.service };
    case "intention": {
      const { source, destination, action } = request.plan;
      return { source, destination, action };
    }
  }
}

/** Ends the sentence "it asks for …". */
export function asksFor(request: Request): string {
  switch (request.kind) {
    case "renewal":
      return `a renewal of ${request.service}`;
    case "intention":
      return `${tellPair(request.plan)} to be ${request.plan.action === "allow" ? "allowed" : "denied"}`;
  }
}

/** What its work does: "renews service-a". */
export function does(request: Request): string {
  switch (request.kind) {
    case "renewal":
      return `renews ${request.service}`;
    case "intention":
      return `${request.plan.action === "allow" ? "allows" : "denies"} ${tellPair(request.plan)}`;
  }
}

/** What is typed to ask for the same once more. */
export function askAgain(request: Request): string {
  switch (request.kind) {
    case "renewal":
      return `/cert renew ${request.service}`;
    case "intention":
      return `/mesh ${request.plan.action} ${request.plan.source} ${request.plan.destination}`;
  }
}

/** With the receipt of one that ends before anything was written. */
export function withNothingWritten(request: Request, problem: string): Request["receipt"] {
  switch (request.kind) {
    case "renewal":
      return nothingWritten(request.id, problem);
    case "intention":
      return { steps: [], allowed: null, call: null, notes: [], problem };
  }
}
