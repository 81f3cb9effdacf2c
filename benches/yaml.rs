//! Bytes per second in which references are located in YAML: manifests, Helm values, Compose files, templates, all made here.
#![allow(missing_docs, reason = "a bench has no documentation")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use transship::format::{Formats, Surroundings};
use transship::locate::{File, locate};
use transship::text::FileId;

fn main() {
    divan::main();
}

const FILES: usize = 64;

/// Resources of a Deployment and its Service, one file as `kubectl` takes it.
fn manifest(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service-{number}\n  labels:\n    app.kubernetes.io/name: service-{number}\n    \
         app.kubernetes.io/part-of: platform\n  annotations:\n    description: \"Answers requests; see the handbook, chapter {number}.\"\n\
         spec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: service-{number}\n  template:\n    metadata:\n      \
         labels:\n        app.kubernetes.io/name: service-{number}\n    spec:\n      serviceAccountName: service-{number}\n      \
         initContainers:\n        - name: migrate\n          image: registry.example.com/team/migrate:1.{number}\n          \
         command: [\"/migrate\", \"--wait\", \"30s\"]\n      containers:\n        - name: service\n          \
         image: registry.example.com/team/service:2.{number}\n          imagePullPolicy: IfNotPresent\n          ports:\n            \
         - name: http\n              containerPort: 8080\n          env:\n            - name: LOG_LEVEL\n              value: info\n            \
         - name: DATABASE_URL\n              valueFrom:\n                secretKeyRef: {{name: service-{number}, key: url}}\n          \
         readinessProbe:\n            httpGet: {{path: /ready, port: http}}\n            periodSeconds: 10\n          resources:\n            \
         requests: {{cpu: 100m, memory: 128Mi}}\n            limits:\n              memory: 256Mi\n---\napiVersion: v1\nkind: Service\n\
         metadata:\n  name: service-{number}\nspec:\n  type: ClusterIP\n  selector:\n    app.kubernetes.io/name: service-{number}\n  ports:\n    \
         - {{name: http, port: 80, targetPort: http}}\n"
    )
}

/// Values with the comments that generators of documentation want, and three images in split keys.
fn values(number: usize) -> String {
    let part = |name: &str| {
        format!(
            "## @section {name} parameters\n\n{name}:\n  ## @param {name}.image.registry The registry of the image\n  \
             ## @param {name}.image.repository Its repository\n  ## @param {name}.image.tag Its tag (immutable tags are recommended)\n  image:\n    \
             registry: registry.example.com\n    repository: team/{name}\n    tag: 1.{number}.0-debian-12-r3\n    digest: \"\"\n    \
             pullPolicy: IfNotPresent\n    pullSecrets: []\n  replicaCount: 1\n  ## Requests and limits of the containers.\n  ## Choose them for \
             the load that is expected; nothing is set here.\n  resources: {{}}\n  podAnnotations: {{}}\n  nodeSelector: {{}}\n  tolerations: []\n  \
             service:\n    type: ClusterIP\n    ports:\n      http: 80\n      https: 443\n  persistence:\n    enabled: true\n    size: 8Gi\n    \
             accessModes:\n      - ReadWriteOnce\n"
        )
    };
    format!("global:\n  imageRegistry: \"\"\n  storageClass: \"\"\n\n{}{}{}", part("server"), part("metrics"), part("worker"))
}

fn compose(number: usize) -> String {
    let service = |name: &str| {
        format!(
            "  {name}:\n    image: ${{REGISTRY:-registry.example.com}}/team/{name}:${{TAG:-1.{number}}}\n    restart: unless-stopped\n    \
             environment:\n      LOG_LEVEL: info\n      DATABASE_URL: postgres://app@db:5432/app\n    depends_on:\n      - db\n    ports:\n      \
             - \"80{number}:8080\"\n    volumes:\n      - data:/var/lib/{name}\n    healthcheck:\n      test: [\"CMD\", \"curl\", \"-f\", \
             \"http://localhost:8080/health\"]\n      interval: 30s\n"
        )
    };
    format!("services:\n{}{}{}volumes:\n  data: {{}}\n", service("web"), service("worker"), service("db"))
}

fn template(number: usize) -> String {
    let manifest = manifest(number).split("---").next().unwrap_or_default().to_owned();
    let manifest =
        manifest.replace("service-", "{{ include \"chart.fullname\" . }}-").replace("replicas: 3", "replicas: {{ .Values.replicas }}");
    manifest.replace(
        "registry.example.com/team/service:2",
        "\"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\" #",
    )
}

fn located(bencher: Bencher, path: &str, surroundings: Surroundings, text: fn(usize) -> String) {
    let formats = Formats::builtin();
    let files: Vec<String> = (0..FILES).map(text).collect();
    let bytes: usize = files.iter().map(String::len).sum();
    let all = || {
        let one = |text: &String| locate(&File { id: FileId(0), path, bytes: black_box(text.as_bytes()), surroundings }, &formats);
        files.iter().map(|text| one(text).occurrences.len()).sum::<usize>()
    };
    // A bench of files in which nothing is found would measure something else.
    assert!(all() >= FILES, "{path}: {} references in {FILES} files", all());
    bencher.counter(BytesCount::new(bytes)).bench_local(all);
}

#[divan::bench]
fn manifests(bencher: Bencher) {
    located(bencher, "deploy/service.yaml", Surroundings::Plain, manifest);
}

/// The same, as charts are published: each value with lines that say what it is for. Two bytes of three are comments then.
fn documented_values(number: usize) -> String {
    let line = |line: &str| {
        let name = line.trim_start().split(':').next().unwrap_or_default();
        let indent = " ".repeat(line.len() - line.trim_start().len());
        if line.trim_start().starts_with('#') || name.is_empty() {
            return format!("{line}\n");
        }
        format!(
            "{indent}## {name}: what it is for, and what happens when it is left as it is.\n{indent}## ref: https://docs.example.com/charts/service/parameters/#{name}\n\
             {indent}## @param {name} How {name} is set for this part of the chart\n{indent}##\n{line}\n"
        )
    };
    values(number).lines().map(line).collect()
}

#[divan::bench]
fn documented_helm_values(bencher: Bencher) {
    located(bencher, "chart/values.yaml", Surroundings::ChartRoot, documented_values);
}

#[divan::bench]
fn helm_values(bencher: Bencher) {
    located(bencher, "chart/values.yaml", Surroundings::ChartRoot, values);
}

#[divan::bench]
fn compose_files(bencher: Bencher) {
    located(bencher, "compose.yaml", Surroundings::Plain, compose);
}

#[divan::bench]
fn helm_templates(bencher: Bencher) {
    located(bencher, "chart/templates/deployment.yaml", Surroundings::ChartTemplates, template);
}
