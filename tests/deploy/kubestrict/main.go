// kubestrict reads Kubernetes manifests on standard input, decodes each strictly with the API types
// (unknown fields, doubled fields and wrong types are faults) and writes it as one line of JSON.
// With -plain it only turns YAML into JSON, for files that are no manifests; with -schema it writes
// the JSON Schema of those parts of the API that the values of the chart contain.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func newDecoder() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, networkingv1.AddToScheme, monitoringv1.AddToScheme,
		coordinationv1.AddToScheme, rbacv1.AddToScheme, admissionv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme,
		serializer.SerializerOptions{Yaml: true, Strict: true})
}

// A document of nothing but comments is what a template leaves that is switched off.
func toJSON(document []byte) ([]byte, error) {
	line, err := yaml.YAMLToJSONStrict(document)
	if err != nil || bytes.Equal(line, []byte("null")) {
		return nil, err
	}
	return line, nil
}

func check(decoder runtime.Decoder, document, line []byte) error {
	if _, _, err := decoder.Decode(document, nil, nil); err != nil {
		return err
	}
	var head struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	if head.APIVersion == "" || head.Kind == "" || head.Metadata.Name == "" {
		return fmt.Errorf("apiVersion, kind or metadata.name is missing")
	}
	return nil
}

func main() {
	plain := flag.Bool("plain", false, "turn YAML into JSON without judging it")
	schema := flag.Bool("schema", false, "write the JSON Schema of parts of the API")
	flag.Parse()
	if *schema {
		writeSchemas()
		return
	}
	decoder := newDecoder()
	reader := utilyaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	faults := 0
	for {
		document, err := reader.Read()
		if err == io.EOF {
			break
		}
		var line []byte
		if err == nil {
			line, err = toJSON(document)
		}
		if err == nil && line == nil {
			continue
		}
		if err == nil && !*plain {
			err = check(decoder, document, line)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%v in:\n%.400s\n", err, document)
			faults++
			continue
		}
		fmt.Println(string(line))
	}
	if faults > 0 {
		os.Exit(1)
	}
}
