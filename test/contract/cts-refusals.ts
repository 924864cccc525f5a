/** What CTS 0.9.0 answers to what it does not take: method, path, body, answer. */

const JSON_TYPE = "application/json";
/** What CTS's schema refuses is JSON that calls itself text. */
const TEXT_TYPE = "text/plain; charset=utf-8";

export interface RefusalAnswer {
  status: number;
  type: string;
  body: unknown;
}

export function refused(status: number, message: string): RefusalAnswer {
  return { status, type: JSON_TYPE, body: { error: { message } } };
}

export function refusedBySchema(message: string): RefusalAnswer {
  return { status: 400, type: TEXT_TYPE, body: { error: { message } } };
}

const absent = "a task with name 'nope' does not exist or has not been initialized yet";
const onlyEnabled =
  "/v1/tasks/:task_name currently only supports the 'enabled' field. Missing 'enabled' from the request body";
const noPath = (path: string) =>
  `unsupported path '${path}'. request must be format 'path/{task-name}'. task name cannot have '/ ' and api does not support further resources`;
const unsupported = (method: string, call: string, only: string) =>
  `'${method}' in an unsupported method. The ${call} API currently supports the method(s): '${only}'`;

export const refusedCalls: [method: string, path: string, body: unknown, answer: object][] = [
  ["GET", "/v1/tasks/nope", undefined, refused(404, absent)],
  ["DELETE", "/v1/tasks/nope", undefined, refused(404, absent)],
  ["PATCH", "/v1/tasks/nope", { enabled: true }, refused(404, absent)],
  ["GET", "/v1/status/tasks/nope", undefined, refused(404, absent)],
  ["PATCH", "/v1/tasks/nope", {}, refused(400, onlyEnabled)],
  [
    "PATCH",
    "/v1/tasks/nope",
    { enabled: true, x: 1 },
    refused(400, "request body's JSON contains unsupported keys: x"),
  ],
  ["PATCH", "/v1/tasks/nope", "x", refused(400, "invalid character 'x' looking for beginning of value")],
  ["PATCH", "/v1/tasks/nope", "", refused(400, "unexpected end of JSON input")],
  ["PATCH", "/v1/tasks/nope", "null", refused(400, onlyEnabled)],
  ["PATCH", "/v1/tasks/nope", { enabled: null }, refused(400, onlyEnabled)],
  [
    "PATCH",
    "/v1/tasks/nope",
    [],
    refused(400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
  ],
  ["PATCH", "/v1/tasks/nope", { Enabled: "true" }, refused(404, absent)],
  [
    "PATCH",
    "/v1/tasks/nope",
    { enabled: "abc" },
    refused(
      400,
      `1 error(s) decoding:\n\n* cannot parse 'enabled' as bool: strconv.ParseBool: parsing "abc": invalid syntax`,
    ),
  ],
  ["GET", "/v1/tasks/", undefined, refused(405, unsupported("GET", "task", "PATCH"))],
  ["GET", "/v1/tasks/a%2Fb", undefined, refused(404, absent.replace("nope", "a/b"))],
  [
    "PATCH",
    "/v1/tasks/nope?run=later",
    { enabled: true },
    refused(400, "unsupported run parameter value. only supporting run values now and inspect but got later"),
  ],
  [
    "PATCH",
    "/v1/tasks/nope?run=now&run=inspect",
    { enabled: true },
    refused(400, "cannot support more than one run query parameter, got run values: [now inspect]"),
  ],
  ["PATCH", "/v1/tasks/nope/x", { enabled: true }, refused(400, noPath("/v1/tasks/nope/x"))],
  ["GET", "/v1/status/tasks/nope/x", undefined, refused(400, noPath("/v1/status/tasks/nope/x"))],
  [
    "PATCH",
    "/v1/tasks",
    { enabled: true },
    refused(
      400,
      "no task name was included in the api request. Updating a task requires the task name: '/v1/tasks/:task_name'",
    ),
  ],
  ["PUT", "/v1/tasks", {}, refused(405, unsupported("PUT", "task", "PATCH"))],
  ["POST", "/v1/tasks/nope", {}, refused(405, unsupported("POST", "task", "PATCH"))],
  ["POST", "/v1/status", {}, refused(405, unsupported("POST", "overallStatus", "GET"))],
  ["POST", "/v1/status/tasks", {}, refused(405, unsupported("POST", "task status", "GET"))],
  [
    "GET",
    "/v1/status/tasks?include=x",
    undefined,
    refused(400, "unsupported ?include parameter value. only supporting 'include=events' but got 'include=x'"),
  ],
  [
    "GET",
    "/v1/status/tasks?status=x",
    undefined,
    refused(
      400,
      "unsupported status parameter value. only supporting status values successful, errored, critical, and unknown but got x",
    ),
  ],
  [
    "GET",
    "/v1/status/cluster",
    undefined,
    refused(405, "this endpoint is only available with high availability configured"),
  ],
  ["GET", "/v1/nothing", undefined, { status: 404, type: TEXT_TYPE, body: "404 page not found\n" }],
  ["GET", "/", undefined, { status: 404, type: TEXT_TYPE, body: "404 page not found\n" }],
  ["POST", "/v1/health", {}, { status: 405, body: "" }],
];

const schema = (fault: string) =>
  refusedBySchema(`request body has an error: doesn't match schema #/components/schemas/TaskRequest: ${fault}`);
const kv = { consul_kv: { path: "contract/x" } };
const task = { name: "a", module: "./m", condition: kv };

/** By what is wrong with it: the body of `POST /v1/tasks`, and the answer. */
export const refusedTasks: [wrong: string, body: unknown, answer: object][] = [
  ["nothing", "", refusedBySchema("request body has an error: value is required but missing")],
  [
    "no JSON",
    "x",
    refusedBySchema(
      "request body has an error: failed to decode request body: invalid character 'x' looking for beginning of value",
    ),
  ],
  ["no task", {}, schema('Error at "/task": property "task" is missing')],
  ["another field beside it", { task, x: 1 }, schema('property "x" is unsupported')],
  ["no name", { task: {} }, schema('Error at "/task/name": property "name" is missing')],
  [
    "no condition",
    { task: { name: "a", module: "m" } },
    schema('Error at "/task/condition": property "condition" is missing'),
  ],
  ["an unknown field", { task: { ...task, foo: 1 } }, schema('Error at "/task": property "foo" is unsupported')],
  [
    "an unknown field in its condition",
    { task: { ...task, condition: { consul_kv: { path: "x", foo: 1 } } } },
    schema('Error at "/task/condition/consul_kv": property "foo" is unsupported'),
  ],
  [
    "a condition without its path",
    { task: { ...task, condition: { consul_kv: {} } } },
    schema('Error at "/task/condition/consul_kv/path": property "path" is missing'),
  ],
  [
    "text for a truth",
    { task: { ...task, enabled: "yes" } },
    schema('Error at "/task/enabled": value must be a boolean'),
  ],
  [
    "a number for a text",
    { task: { ...task, variables: { a: 1 } } },
    schema('Error at "/task/variables/a": value must be a string'),
  ],
  [
    "a text for a list",
    { task: { ...task, providers: "x" } },
    schema('Error at "/task/providers": value must be an array'),
  ],
  [
    "a list for an object",
    { task: { ...task, condition: [] } },
    schema('Error at "/task/condition": value must be an object'),
  ],
  ["null for a name", { task: { ...task, name: null } }, schema('Error at "/task/name": Value is not nullable')],
  [
    "null in a variable",
    { task: { ...task, variables: { a: null } } },
    schema('Error at "/task/variables/a": Value is not nullable'),
  ],
  [
    "no module, where null stands for a truth that has a default",
    { task: { ...task, module: "", enabled: null, condition: { consul_kv: { path: "x", recurse: null } } } },
    refused(500, "module for the task is required"),
  ],
  [
    "null for a list",
    { task: { ...task, providers: null } },
    schema('Error at "/task/providers": Value is not nullable'),
  ],
  ["null", "null", schema("Value is not nullable")],
  ["a list", [], schema("value must be an object")],
  ["an empty name", { task: { ...task, name: "" } }, refused(500, "unique name for the task is required")],
  [
    "a name with a blank",
    { task: { ...task, name: "a b" } },
    refused(
      500,
      'a task name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes: "a b"',
    ),
  ],
  ["no module", { task: { ...task, module: "" } }, refused(500, "module for the task is required")],
  [
    "an empty path",
    { task: { ...task, condition: { consul_kv: { path: "" } } } },
    refused(500, "path is required for consul-kv condition"),
  ],
  [
    "no service",
    { task: { ...task, condition: { services: {} } } },
    refused(500, 'error validating `condition "services"` block: either the regexp or names field must be configured'),
  ],
  [
    "a service without a name",
    { task: { ...task, condition: { services: { names: ["x", ""] } } } },
    refused(
      500,
      'error validating `condition "services"` block: names field includes empty string(s). services names cannot be empty',
    ),
  ],
  [
    "the same kind twice",
    { task: { ...task, module_input: kv } },
    refused(
      500,
      'task\'s condition block and module_input block both monitor "consul_kv" variable type. condition and module_input variable type must be unique',
    ),
  ],
  [
    "a duration that is none",
    { task: { ...task, buffer_period: { min: "x" } } },
    refused(400, 'error with task configuration: time: invalid duration "x"'),
  ],
  [
    "what only the enterprise has",
    { task: { ...task, terraform_version: "1.0.0" } },
    refused(
      500,
      "unsupported configuration 'terraform_version' for task \"a\". This option is available for Consul-Terraform-Sync Enterprise when using the Terraform Cloud driver, or configure the Terraform client version within the Terraform driver block",
    ),
  ],
];
